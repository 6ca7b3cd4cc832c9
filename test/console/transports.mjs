// The client on both of its transports, on a real pipeline: the same states. test/console/pipeline starts it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import pg from 'pg';
import { createDebrief } from '../../client/src/debrief.ts';
import { overPg } from '../../client/src/pg.ts';

const sql = (text) => execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text], { encoding: 'utf8' }).trim();
const id = Number(sql('select min(id) from debrief.analysis_jobs'));
const add = (message) => Number(sql(`insert into debrief.analysis_feedback (analysis_job_id, message) values (${id}, '${message}') returning id`));

async function signedIn() {
  const url = process.env.CONSOLE_URL;
  const post = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
  const answer = await fetch(`${url}/api/login`, { ...post, body: JSON.stringify({ user: 'alice', password: 'secret' }) });
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  return createDebrief({ url, fetch: (to, init) => fetch(to, { ...init, headers: { ...Object.fromEntries(init.headers), cookie } }) });
}
async function connect() {
  const client = new pg.Client({ user: 'alice', password: 'secret', application_name: 'transport' });
  await client.connect();
  return client;
}
const transports = {
  console: { make: signedIn, listener: "application_name = 'pg_debrief_console:streams'" },
  pg: { make: async () => createDebrief(overPg({ connect })), listener: "application_name = 'transport'" },
};

const seen = {};
for (const [name, { make, listener }] of Object.entries(transports)) {
  test(`the states of an analysis, over ${name}`, { timeout: 60_000 }, async () => {
    const debrief = await make();
    const store = debrief.feedback(id);
    let check = () => {};
    const stop = store.subscribe(() => check());
    const until = (isSo) => new Promise((resolve) => {
      check = () => isSo(store.get()) && resolve();
      check();
    });
    const item = (item_id) => store.get().data?.items.find((each) => each.id === item_id);

    await until(({ link }) => link === 'live');
    const states = [];
    const spoken = add(`Well done, ${name}.`);
    await until(() => item(spoken)?.status === 'completed');
    assert.equal(item(spoken).sounds.length, 1);
    const { url } = item(spoken).sounds[0];
    sql(`update debrief.analysis_feedback set message = 'Very well done, ${name}.' where id = ${spoken}`);
    await until(() => item(spoken).status === 'completed' && item(spoken).message.startsWith('Very'));
    assert.notEqual(item(spoken).sounds[0].url, url, 'another sound has another address');
    await debrief.rate(spoken, 'up');
    await until(() => item(spoken).rating === 'up');

    sql("select debrief.pause('ssml')");
    const waits = add(`Wait, ${name}.`);
    await until(() => item(waits)?.status === 'queued');
    states.push(await debrief.explain(waits));
    await debrief.cancel(waits);
    await until(() => item(waits).error_code === 'cancelled');
    states.push(item(waits).status, item(waits).last_error);
    sql("select debrief.resume('ssml')");
    await debrief.retry(waits);
    await until(() => item(waits).status === 'completed');
    await assert.rejects(debrief.cancel(0), { status: 404, sqlstate: 'P0002' });

    const away = until(({ link }) => link === 'reconnecting');
    sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${listener}`);
    await away;
    sql(`delete from debrief.analysis_feedback where id = ${waits}`);
    await until(({ link }) => link === 'live' && !item(waits));
    sql(`delete from debrief.analysis_feedback where id = ${spoken}`);
    await until(() => !item(spoken));
    seen[name] = { states, items: store.get().data.items, metrics: store.get().data.metrics, job: store.get().data.job };
    stop();
  });
}

test('both see the same', () => {
  assert.ok(seen.pg.items.length > 0);
  assert.deepEqual(seen.pg, seen.console);
});
