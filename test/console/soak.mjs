// The client's store on both of its transports while rows change without end, the console is killed, the server restarted and
// the network cut, by chance: soon after each return the store has all that SQL had then, and it never goes back.
// test/console/pipeline starts it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDebrief } from '../../client/src/debrief.ts';
import { overPg } from '../../client/src/pg.ts';
import { Network } from './support/network.mjs';
import { Console, Server, sql, token } from './support/programs.mjs';

const RETURN_MS = 2_000;
const seconds = Number(process.env.SOAK_SECONDS || 600);
const seed = Number(process.env.SOAK_SEED || Math.floor(Math.random() * 2 ** 31));
console.log(`client-soak: ${seconds} s, SOAK_SEED=${seed}`);

let state = seed;
/** Less than `n`: mulberry32. */
function chance(n) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
}
const one = (list) => list[chance(list.length)];

// What each row has been, in its order: the trigger runs while the row is locked.
await sql(`
  create schema soak;
  create table soak.versions (n bigint generated always as identity, id bigint, row jsonb);
  create function soak.row(f debrief.analysis_feedback) returns jsonb language sql
    return jsonb_build_array(f.message, f.ssml_status, f.audio_status, f.ssml_attempts, f.audio_attempts, f.user_rating);
  create function soak.note() returns trigger language plpgsql security definer as $$
  begin
    insert into soak.versions (id, row) values (coalesce(new.id, old.id), case when new is null then '"gone"' else soak.row(new) end);
    return null;
  end $$;
  insert into soak.versions (id, row) select f.id, soak.row(f) from debrief.analysis_feedback f;
  create trigger note after insert or update or delete on debrief.analysis_feedback for each row execute function soak.note();
  create role web;
  create role application login password 'secret';
  select debrief.grant_access('web', 'application'), debrief.grant_access('application', 'application');
  grant web to console;`);
const [[analysis, owner]] = await sql('select id, user_id from debrief.analysis_jobs');
const truth = async () => JSON.stringify((await sql(`
  select f.id, soak.row(f), (select count(*)::int from debrief.analysis_audio_segments a where a.feedback_id = f.id)
    from debrief.analysis_feedback f where f.analysis_job_id = $1 order by f.timestamp_seconds, f.id`, [analysis]))
  .map(([id, row, sounds]) => [Number(id), row, sounds]));
const rowOf = (item) => [item.message, item.ssml_status, item.audio_status, item.ssml_attempts, item.audio_attempts, item.rating];

const socket = { path: `${process.env.PGHOST}/.s.PGSQL.${process.env.PGPORT}` };
const database = new Network(socket);
const application = new Network(socket);
const secret = 'a secret of thirty-two bytes here';
writeFileSync(`${process.env.PIPELINE_FOLDER}/jwt`, secret);
const page = new Console('--dsn', `host=127.0.0.1 port=${await database.listen()} dbname=${process.env.PGDATABASE} user=console`,
  '--jwt-algorithm', 'HS256', '--jwt-key-file', `${process.env.PIPELINE_FOLDER}/jwt`);
await page.start();
const browser = new Network({ host: '127.0.0.1', port: page.port });
const networks = [browser, database, application];
const server = new Server();

async function connect(port) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'application', password: 'secret' });
  client.on('error', () => {});
  await client.connect();
  return client;
}
const url = `http://127.0.0.1:${await browser.listen()}`;
const port = await application.listen();
const jwt = () => token(secret, { role: 'web', sub: owner, exp: Math.floor(Date.now() / 1000) + 60 });

class Watched {
  constructor(name, debrief) {
    this.name = name;
    this.seen = new Map();
    this.store = debrief.feedback(analysis);
    this.stop = this.store.subscribe(({ data, error }) => {
      if (!data) assert.equal(this.seen.size, 0, `${name}: what was there is not to be seen: ${error}`);
      const rows = new Map((data?.items ?? []).map((item) => [item.id, JSON.stringify(rowOf(item))]));
      for (const id of new Set([...rows.keys(), ...this.seen.keys()])) {
        const states = this.seen.get(id) ?? [];
        const row = rows.get(id) ?? '"gone"';
        if (states.at(-1) !== row) this.seen.set(id, [...states, row]);
      }
    });
  }

  get rows() {
    const { data, link } = this.store.get();
    return link === 'live' ? JSON.stringify(data.items.map((item) => [item.id, rowOf(item), item.sounds.length])) : link;
  }
}
const stores = [
  new Watched('console', createDebrief({ url, token: jwt })),
  new Watched('pg', createDebrief(overPg({ userId: owner, connect: () => connect(port) }))),
];

let edits = 0;
async function edit() {
  edits += 1;
  const some = `(select id from debrief.analysis_feedback where analysis_job_id = ${analysis} order by md5(id::text || '${chance(1e9)}') limit 1)`;
  const text = one([
    `insert into debrief.analysis_feedback (analysis_job_id, message, timestamp_seconds) values (${analysis}, 'New ${edits}.', ${chance(25)})`,
    `update debrief.analysis_feedback set message = 'Edited ${edits}.' where id = ${some}`,
    `update debrief.analysis_feedback set message = 'Edited ${edits}.' where id = ${some}`,
    `update debrief.analysis_feedback set user_rating = '${one(['up', 'down'])}' where id = ${some}`,
    `delete from debrief.analysis_feedback where id = ${some} and (select count(*) from debrief.analysis_feedback) > 8`,
    `select debrief.cancel_feedback(${some})`,
    `select debrief.retry_feedback(${some})`,
  ]);
  await sql(text).catch(() => {});  // the server is away, or the row is not such a one
}
async function edits_for(ms) {
  for (const until = Date.now() + ms; Date.now() < until;) {
    await edit();
    await sleep(50 + chance(400));
  }
}

/** Milliseconds until each store has what SQL had at some moment from now on. */
async function fresh() {
  const began = Date.now();
  const truths = new Set();
  const took = stores.map(() => null);
  while (took.includes(null)) {
    assert.ok(Date.now() - began < 60_000, `not within a minute: ${stores.map(({ name, rows }) => `${name} ${rows}`).join('\n')}\n${[...truths].at(-1)}`);
    truths.add(await truth());
    stores.forEach(({ rows }, i) => {
      if (truths.has(rows)) took[i] ??= Date.now() - began;
    });
    await sleep(20);
  }
  return took;
}

const cut = (which, name) => ['broken', 'silent', 'forgotten'].map((how) => ({
  name: `${name} ${how}`,
  begin: async () => which.forEach((network) => network.cut(how === 'broken' ? how : 'silent')),
  end: async () => {
    await edit();
    which.forEach((network) => network.mend(how === 'forgotten'));
  },
}));
const killed = (signal) => ({ name: `console ${signal}`, begin: () => page.stop(signal), end: async () => (await edit(), page.start()) });
const restarted = (how) => ({ name: `server ${how}`, begin: () => server.stop(how), end: async () => (await server.start(), edit()) });
const faults = [
  [killed('SIGKILL'), killed('SIGTERM')], [restarted('fast'), restarted('immediate')],
  cut(networks, 'all networks'), cut([browser, application], 'clients\' networks'), cut([database], 'console\'s network'),
];

await fresh();
const all = [];
for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
  await edits_for(500 + chance(3_000));
  const fault = one(one(faults));
  const ms = 200 + chance(12_000);
  await fault.begin();
  await edits_for(ms);
  await fault.end();
  const took = await fresh();
  console.log(`${fault.name}, ${(ms / 1000).toFixed(1)} s: ${stores.map(({ name }, i) => `${name} ${took[i]} ms`).join(', ')}`);
  all.push({ fault: fault.name, took });
}

await sql(`select debrief.drain('1 min')`);
await fresh();
stores.forEach((store) => store.stop());
const versions = new Map();
for (const [id, row] of await sql('select id, row from soak.versions order by n')) versions.set(Number(id), [...(versions.get(Number(id)) ?? []), JSON.stringify(row)]);
let states = 0;
for (const { name, seen } of stores) {
  for (const [id, rows] of seen) {
    let at = 0;
    states += rows.length;
    for (const row of rows) {
      at = (versions.get(id) ?? []).indexOf(row, at);
      assert.notEqual(at, -1, `${name} went back, feedback ${id}: ${rows.join(' ')}\nSQL: ${(versions.get(id) ?? []).join(' ')}`);
    }
  }
}
const late = all.filter(({ took }) => Math.max(...took) > RETURN_MS);
const worst = stores.map(({ name }, i) => `${name} ${Math.max(...all.map(({ took }) => took[i]))} ms`);
await page.stop('SIGTERM');
console.log(`${all.length} returns, ${edits} edits, ${states} states seen, none went back; at most ${worst.join(', ')}; ${late.length} above ${RETURN_MS} ms`);
assert.equal(late.length, 0, 'each return within its time');
// Node, when it ends by itself, waits for ever for the handle of a socket that was reset.
process.exit();
