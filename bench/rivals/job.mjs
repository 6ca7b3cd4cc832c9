// The job of make bench-rivals, whoever's queue it is in: a message becomes SSML by one call, the SSML a
// sound by another, and both are kept. Rows are written with the statements that each queue does best with.
import pg from 'pg';
import { Pool } from 'undici';

const [url, rowsText] = process.argv.slice(2);
export const rows = Number(rowsText);

export const database = new pg.Pool({ max: 20 });
const provider = new Pool(url, { connections: 128, pipelining: 1 });
const padding = 'x'.repeat(190);  // about as many bytes as pg_debrief sends

async function call(path, id) {
  const answer = await provider.request({
    path, method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, message: 'Well done, and keep your pace.', padding }),
  });
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
  return answer.body;
}

export const writeSsml = async (id) => (await (await call('/v1/ssml', id)).json()).segments[0];
export const speak = async (id) => Buffer.from(await (await call('/v1/speech', id)).arrayBuffer());

export async function prepare() {
  await database.query(`
    drop table if exists rival_sounds, rival_ssml;
    create table rival_ssml (feedback_id bigint primary key, ssml text not null);
    create table rival_sounds (feedback_id bigint primary key, body bytea not null)`);
}

let wanted = 0, spoken = 0, allSpoken;
export function count(sounds) {
  spoken += sounds;
  if (spoken === wanted) allSpoken();
}

// Seconds from the commit of `enqueue` to the last sound.
export async function burst(size, enqueue) {
  const first = wanted;
  wanted += size;
  const done = new Promise((resolve) => { allSpoken = resolve; });
  await enqueue(Array.from({ length: size }, (_, i) => first + i + 1));
  const committed = performance.now();
  await done;
  return (performance.now() - committed) / 1000;
}

// Warm connections and plans first, as for pg_debrief.
export async function measure(enqueue) {
  await burst(Math.ceil(rows / 4), enqueue);
  const seconds = await burst(rows, enqueue);
  const { rows: [kept] } = await database.query(
    'select (select count(*) from rival_ssml)::int as ssml, (select count(*) from rival_sounds)::int as sounds');
  if (kept.ssml !== wanted || kept.sounds !== wanted) throw new Error(`kept ${JSON.stringify(kept)} of ${wanted}`);
  console.log(seconds);
}
