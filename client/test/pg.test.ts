import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDebrief } from '../src/debrief.ts';
import { type PgClient, overPg } from '../src/pg.ts';
import { DebriefError } from '../src/request.ts';
import type { Analysis } from '../src/types.ts';
import { QUICK, analysis, item, until } from './world.ts';

const limit = { timeout: 10_000 };

/** A server of PostgreSQL that a test moves by hand. */
function server(state: Analysis | undefined) {
  const own = {
    state,
    asked: [] as [string, unknown[]][],
    clients: [] as { notify(payload: unknown): void; hear(payload: string): void; breaks(): void; ended: boolean }[],
    refuseListen: null as (Error & { code?: string }) | null,
    refuse: null as (Error & { code?: string; hint?: string }) | null,
    async connect(): Promise<PgClient> {
      const listeners: Record<string, ((message?: never) => void)[]> = { notification: [], error: [], end: [] };
      const call = (event: string, message?: unknown) => listeners[event]!.forEach((listener) => listener(message as never));
      const client = {
        ended: false,
        notify: (payload: unknown) => client.hear(JSON.stringify(payload)),
        hear: (payload: string) => call('notification', { payload }),
        breaks: () => call('end'),
      };
      own.clients.push(client);
      return {
        async query(text, values = []) {
          own.asked.push([text.trim(), values]);
          if (own.refuseListen && text.startsWith('listen')) throw own.refuseListen;
          if (/^(listen|begin|commit|select set_config)/.test(text)) return { rows: [] };
          if (own.refuse) throw own.refuse;
          if (!text.includes("'items'")) return { rows: [{ answer: { result: 'queued', text: 'ssml, queued: It waits.' } }] };
          return { rows: own.state ? [{ answer: own.state }] : [] };
        },
        on: (event: string, listener: (message?: never) => void) => listeners[event]!.push(listener),
        end: async () => void (client.ended = true),
      };
    },
  };
  return own;
}

function followed(own: ReturnType<typeof server>, lookMs = 100_000) {
  const store = createDebrief({ ...overPg({ connect: own.connect, lookMs }), timing: { ...QUICK, silenceMs: 5_000 } }).feedback(1);
  return { store, stop: store.subscribe(() => {}) };
}

test('a NOTIFY about the analysis brings the rows that changed, another one nothing', limit, async () => {
  const own = server(analysis([item(1), item(2)]));
  const { store, stop } = followed(own);
  await until(() => store.get().link === 'live');
  assert.ok(own.asked.findIndex(([text]) => text === 'listen debrief_status') < own.asked.findIndex(([text]) => text.includes("'items'")),
    'it listens before it reads: nothing is lost between');
  const first = store.get().data!.items[0];
  own.state = analysis([item(1), item(2, { status: 'processing' }), item(3)]);
  const reads = own.asked.length;
  own.clients[0]!.notify({ analysis_ids: [7], feedback_ids: [70] });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(own.asked.length, reads);
  own.clients[0]!.notify({ analysis_ids: [7, 1], feedback_ids: [2] });
  await until(() => store.get().data!.items.length === 3);
  assert.equal(store.get().data!.items[1]!.status, 'processing');
  assert.equal(store.get().data!.items[0], first, 'a row that did not change is the same');
  own.state = analysis([item(1)]);
  own.clients[0]!.notify({ analysis_ids: [1] });
  await until(() => store.get().data!.items.length === 1);
  stop();
  await until(() => own.clients[0]!.ended);
});

// Every role may send one, and an exception in the listener would end the application's process.
test('a NOTIFY that another role made up is no news', limit, async () => {
  const own = server(analysis([item(1)]));
  const { store, stop } = followed(own);
  await until(() => store.get().link === 'live');
  const reads = own.asked.length;
  for (const payload of ['', 'x', 'null', '5', '{"analysis_ids":1}', '{"analysis_ids":[1]']) own.clients[0]!.hear(payload);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(own.asked.length, reads);
  assert.equal(store.get().link, 'live');
  stop();
});

test('what no NOTIFY says is seen a little later', limit, async () => {
  const own = server(analysis([item(1)]));
  const { store, stop } = followed(own, 5);
  await until(() => store.get().link === 'live');
  own.state = analysis([item(1, { rating: 'up' })]);
  await until(() => store.get().data!.items[0]!.rating === 'up');
  stop();
});

test('a connection that is lost is made anew, and begins with the whole state', limit, async () => {
  const own = server(analysis([item(1)]));
  const { store, stop } = followed(own);
  await until(() => store.get().link === 'live');
  own.state = analysis([item(2)]);
  own.clients[0]!.breaks();
  await until(() => own.clients.length === 2 && store.get().link === 'live');
  assert.deepEqual(store.get().data!.items, [item(2)]);
  assert.ok(own.clients[0]!.ended);
  stop();
});

test('what is not there, or another user\'s, is not found', limit, async () => {
  const { store, stop } = followed(server(undefined));
  await until(() => store.get().error !== null);
  assert.equal(store.get().error!.status, 404);
  stop();
});

test('actions call functions, as the user if one is named, and a refusal is PostgreSQL\'s own', limit, async () => {
  const own = server(analysis([]));
  const debrief = createDebrief(overPg({ connect: own.connect, userId: 'ann' }));
  assert.equal(await debrief.retry(5, 'audio'), 'queued');
  const called = own.asked.find(([text]) => text.includes('retry_feedback'))!;
  assert.deepEqual(called[1], [5, 'audio']);
  assert.deepEqual(own.asked[1], [`select set_config('debrief.user_id', $1, true)`, ['ann']], 'for the transaction only');
  assert.equal(await debrief.explain(5), 'ssml, queued: It waits.');
  own.refuse = Object.assign(new Error('feedback 5 is processing'), { code: '55000', hint: 'Cancel it.' });
  await assert.rejects(debrief.cancel(5), (error: DebriefError) =>
    error.message === 'feedback 5 is processing' && error.sqlstate === '55000' && error.hint === 'Cancel it.' && error.status === 409);
  own.refuse = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  await assert.rejects(debrief.cancel(5), { message: 'The server cannot be reached.', status: 0 });
  await assert.rejects(debrief.act('pause', { stage: 'ssml' }), { status: 404 });
  assert.ok(own.clients.every((client) => client.ended));
});

test('on a standby, which hears of nothing, changes are seen a little later', limit, async () => {
  const own = server(analysis([item(1)]));
  own.refuseListen = Object.assign(new Error('cannot execute LISTEN during recovery'), { code: '25006' });
  const { store, stop } = followed(own, 5);
  await until(() => store.get().link === 'live');
  own.state = analysis([item(2)]);
  await until(() => store.get().data!.items[0]!.id === 2);
  stop();
});

test('a refusal has the status that the console gives it', limit, async () => {
  const own = server(analysis([]));
  const debrief = createDebrief(overPg({ connect: own.connect }));
  for (const [code, status] of Object.entries({ 42501: 403, P0002: 404, P0001: 400, '22P02': 400, 40001: 409, 55000: 409, 25006: 409, 42883: 501, 57014: 503, 53300: 503, XX000: 500 })) {
    own.refuse = Object.assign(new Error('refused'), { code });
    await assert.rejects(debrief.cancel(5), { status, sqlstate: code }, code);
  }
});

test('a server without room for a connection is not a conflict', limit, async () => {
  const connect = () => Promise.reject(Object.assign(new Error('sorry, too many clients already'), { code: '53300' }));
  await assert.rejects(createDebrief(overPg({ connect })).retry(5), { status: 503, message: 'sorry, too many clients already' });
});
