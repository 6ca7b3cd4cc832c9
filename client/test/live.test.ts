import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply } from '../src/debrief.ts';
import { NoStreams } from '../src/events.ts';
import { backoff, live, timing } from '../src/live.ts';
import { DebriefError } from '../src/request.ts';
import type { Analysis, Changes } from '../src/types.ts';
import { QUICK, analysis, attention, item, transport, until } from './world.ts';

const limit = { timeout: 10_000 };
const away = new DebriefError('The connection broke.', 0);

function watched(world = transport(), looks = attention(), times = QUICK) {
  const store = live<Analysis>('analysis:1', world, looks, (data, event) => apply(data, event.data as Changes), times);
  const states: string[] = [];
  const stop = store.subscribe(({ link }) => states.at(-1) === link || states.push(link));
  return { world, looks, store, states, stop, stream: () => world.streams.at(-1)! };
}

test('a row replaces a row, new rows find their place, deleted ones go', limit, async () => {
  const { stream, store, stop } = watched();
  stream().say('state', analysis([item(1), item(3, { error_code: 'timeout', last_error: 'It took too long.' })]));
  stream().say('rows', { items: [item(3, { ssml_attempts: 2 }), item(2)], removed: [1] });
  assert.deepEqual(store.get().data!.items, [item(2), item(3, { ssml_attempts: 2 })]);
  stop();
});

test('a change of attempts or error alone is a change', limit, async () => {
  const { stream, store, stop } = watched();
  stream().say('state', analysis([item(1)]));
  stream().say('rows', { items: [item(1, { audio_attempts: 2, last_error: 'The provider failed.' })] });
  assert.equal(store.get().data!.items[0]!.audio_attempts, 2);
  assert.equal(store.get().data!.items[0]!.last_error, 'The provider failed.');
  stop();
});

test('every connection begins with the whole state, whatever was missed', limit, async () => {
  const { world, stream, store, states, stop } = watched();
  stream().say('state', analysis([item(1), item(2)]));
  stream().breaks(away);
  await until(() => world.streams.length === 2);
  assert.equal(store.get().link, 'reconnecting');
  stream().say('state', analysis([item(2, { status: 'failed' })]));
  assert.deepEqual(store.get().data!.items, [item(2, { status: 'failed' })]);
  assert.deepEqual(states, ['live', 'reconnecting', 'live']);
  stop();
});

test('rows that come before the state of a connection are not put into an old one', limit, async () => {
  const { world, stream, store, stop } = watched();
  stream().say('state', analysis([item(1)]));
  stream().breaks(away);
  await until(() => world.streams.length === 2);
  stream().say('rows', { items: [item(9)] });
  assert.deepEqual(store.get().data!.items, [item(1)]);
  stop();
});

test('a stream that is ended says nothing any more', limit, async () => {
  const { world, store, stop } = watched();
  const first = world.streams[0]!;
  first.say('state', analysis([item(2)]));
  first.breaks(away);
  await until(() => world.streams.length === 2);
  world.streams[1]!.say('state', analysis([item(2, { status: 'completed' })]));
  first.say('rows', { items: [item(2)] });
  assert.equal(store.get().data!.items[0]!.status, 'completed');
  stop();
});

test('it tries without end, and says why it has to', limit, async () => {
  const world = transport();
  world.refuse = new DebriefError('The server cannot be reached.', 0);
  let failures = 0;
  const store = live('overview', world, attention(), undefined, QUICK);
  const stop = store.subscribe(({ error }) => (failures += error ? 1 : 0));
  await until(() => failures >= 8);
  world.refuse = null;
  await until(() => world.streams.length === 1);
  world.streams[0]!.say('state', {});
  assert.deepEqual([store.get().link, store.get().error], ['live', null]);
  stop();
});

test('waits grow from a quarter of a second to one second, half of each by chance', () => {
  assert.deepEqual([0, 1, 2].map((n) => backoff(n, timing, 1)), [250, 500, 1000]);
  assert.equal(backoff(1000, timing, 1), 1_000);
  assert.equal(backoff(1000, timing, 0), 500);
});

test('a silent stream is a dead one; a ping is a sign of life', limit, async () => {
  const { world, stream, store, stop } = watched();
  stream().say('state', analysis([]));
  const pings = setInterval(() => world.streams[0]!.say('', null), 5);
  await new Promise((resolve) => setTimeout(resolve, QUICK.silenceMs * 2));
  assert.equal(world.streams.length, 1);
  clearInterval(pings);
  await until(() => world.streams.length === 2);
  assert.equal(store.get().link, 'reconnecting');
  stop();
});

test('without streams it asks again and again', limit, async () => {
  let n = 0;
  const { world, store, stop, states } = watched(transport(() => analysis([item(++n)])));
  world.streams[0]!.breaks(new NoStreams());
  await until(() => store.get().data !== null && n > 3);
  assert.deepEqual(states, ['polling']);
  world.refuse = away;
  await until(() => store.get().link === 'reconnecting');
  world.refuse = null;
  await until(() => store.get().link === 'polling');
  assert.equal(world.streams.length, 1);
  stop();
});

// React Native's fetch() gives nothing before the end, which a stream has not; nor do some proxies.
test('what is kept until it is whole is asked for instead, and streams are tried again', limit, async () => {
  let n = 0;
  const { world, stream, store, stop, states } = watched(transport(() => analysis([item(++n)])));
  await until(() => store.get().link === 'polling');
  assert.deepEqual(states, ['polling']);
  assert.ok(world.streams[0]!.ended);
  await until(() => world.streams.length === 2);
  stream().say('state', analysis([item(1)]));
  assert.equal(store.get().link, 'live');
  const asked = n;
  await until(() => world.streams.length === 3);
  assert.equal(n, asked, 'a stream that was heard and is silent is one that broke');
  stop();
});

test('in the background there is no connection, and the state is taken anew after it', limit, async () => {
  const { world, looks, stream, store, stop } = watched();
  stream().say('state', analysis([item(1)]));
  looks.set(false);
  await until(() => world.streams[0]!.ended && store.get().link === 'reconnecting');
  assert.equal(world.streams.length, 1);
  looks.set(true);
  await until(() => world.streams.length === 2);
  stream().say('state', analysis([item(1, { status: 'completed' })]));
  assert.equal(store.get().data!.items[0]!.status, 'completed');
  stop();
});

test('nobody subscribes, nothing is open; the second subscriber opens nothing', limit, async () => {
  const { world, store, stop } = watched();
  const second = store.subscribe(() => {});
  assert.equal(world.streams.length, 1);
  stop();
  assert.equal(world.streams[0]!.ended, false);
  second();
  assert.equal(world.streams[0]!.ended, true);
  const third = store.subscribe(() => {});
  assert.equal(world.streams.length, 2);
  third();
});

test('what is gone, or another user\'s, is shown no longer', limit, async () => {
  for (const status of [401, 403, 404]) {
    const { stream, store, stop } = watched();
    stream().say('state', analysis([item(1)]));
    stream().breaks(new DebriefError('No.', status));
    await until(() => store.get().error !== null);
    assert.equal(store.get().data, null);
    stop();
  }
});

test('reconnect() does not wait', limit, async () => {
  const { world, stream, store, stop } = watched(transport(), attention(), { ...QUICK, firstWaitMs: 100_000, lastWaitMs: 100_000 });
  stream().say('state', analysis([]));
  stream().breaks(away);
  await until(() => store.get().link === 'reconnecting');
  await new Promise((resolve) => setImmediate(resolve));
  store.reconnect();
  await until(() => world.streams.length === 2);
  stop();
});

test('the end of an analysis brings its metrics and its recording, which stay when an item changes', () => {
  const begun = analysis([]);
  const metrics = [{ metric_key: 'words', metric_value: 7 }] as Analysis['metrics'];
  const ended = apply(begun, { job: begun.job, recording: null, metrics });
  assert.deepEqual([ended.recording, ended.metrics], [null, metrics]);
  assert.deepEqual(apply(ended, { items: [item(1)] }).metrics, metrics);
});
