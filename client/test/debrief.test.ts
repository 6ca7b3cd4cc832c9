import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createDebrief } from '../src/debrief.ts';
import { sentence, sentences } from '../src/errors.ts';
import { german, sentences as germanSentences } from '../src/german.ts';
import { english } from '../src/components/ui.ts';
import { type Event as Told, parser } from '../src/events.ts';
import { createSounds, hasSound } from '../src/sounds.ts';
import { analysis, item, spoken, until } from './world.ts';

const limit = { timeout: 10_000 };

async function served(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => answer(request, response, body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/debrief/`, server };
}
const end = (server: Server) => (server.close(), server.closeAllConnections());
const json = (response: ServerResponse, status: number, body: unknown) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

test('events are put together however the bytes are cut', () => {
  const text = 'retry: 2000\n\nevent: state\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: ping\n\nid: 7\ndata: "ü: 2"\n\n';
  for (let size = 1; size <= text.length; ++size) {
    const events: unknown[] = [];
    const feed = parser((event) => events.push(event));
    for (let i = 0; i < text.length; i += size) feed(text.slice(i, i + size));
    assert.deepEqual(events, [{ name: 'state', data: { a: 1 } }, { name: '', data: null }, { name: 'message', data: 'ü: 2' }], `cut in ${size}`);
  }
});

test('a text may hold the line ends that only JavaScript knows', () => {
  const texts = ['\u2028', '\u2029', '\u0085', 'a\u2028b'];
  const told: Told[] = [];
  const feed = parser((event) => told.push(event));
  for (const text of texts) feed(`event: rows\ndata: ${JSON.stringify({ text })}\n\n`);
  assert.deepEqual(told, texts.map((text) => ({ name: 'rows', data: { text } })));
});

test('a stream over HTTP: the token goes along, the state comes, the end is a new beginning', limit, async () => {
  const tokens: (string | undefined)[] = [];
  let token = 0;
  const { url, server } = await served((request, response) => {
    tokens.push(request.headers.authorization);
    assert.equal(request.url, '/debrief/api/events?topic=analysis%3A7');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`event: state\ndata: ${JSON.stringify(analysis([item(tokens.length)]))}\n\n`);
    if (tokens.length === 1) response.end();
  });
  const store = createDebrief({ url, token: () => `t${++token}`, timing: { silenceMs: 1000, pollMs: 5, firstWaitMs: 2, lastWaitMs: 5 } }).feedback(7);
  const stop = store.subscribe(() => {});
  await until(() => store.get().data?.items[0]?.id === 2);
  assert.deepEqual(tokens, ['Bearer t1', 'Bearer t2']);
  stop();
  end(server);
});

test('a state that comes slowly is no silence', limit, async () => {
  const state = `event: state\ndata: ${JSON.stringify(analysis([item(1)]))}\n\n`;
  let connections = 0;
  const { url, server } = await served((_, response) => {
    connections += 1;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const pieces = state.match(/[^]{1,40}/g)!;
    const next = () => {
      const piece = pieces.shift();
      if (piece === undefined || response.destroyed) return;
      response.write(piece);
      setTimeout(next, 20);
    };
    next();
  });
  const store = createDebrief({ url, timing: { silenceMs: 150, pollMs: 5, firstWaitMs: 2, lastWaitMs: 5 } }).feedback(7);
  const stop = store.subscribe(() => {});
  await until(() => store.get().link === 'live' || connections > 1);
  assert.equal(connections, 1);
  stop();
  end(server);
});

test('a fetch without streams, as React Native\'s, is asked by polling', limit, async () => {
  const { url, server } = await served((request, response) => {
    if (request.url!.includes('/events')) return response.writeHead(200).end();
    json(response, 200, analysis([item(5)]));
  });
  const bare: typeof fetch = async (...args) => {
    const answer = await fetch(...args);
    return { ok: answer.ok, status: answer.status, headers: answer.headers, json: () => answer.json() } as Response;
  };
  const store = createDebrief({ url, fetch: bare }).feedback(7);
  const stop = store.subscribe(() => {});
  await until(() => store.get().link === 'polling');
  assert.equal(store.get().data!.items[0]!.id, 5);
  stop();
  end(server);
});

test('actions send, and change nothing here: the row says what came of them', limit, async () => {
  const sent: unknown[] = [];
  const heard: unknown[] = [];
  const { url, server } = await served((request, response, body) => {
    sent.push([request.method, request.url, request.headers['content-type'], JSON.parse(body)]);
    json(response, 200, { result: 'queued' });
  });
  const debrief = createDebrief({ url, onEvent: (event) => heard.push(event) });
  assert.equal(await debrief.retry(3), 'queued');
  await debrief.retry(3, 'ssml');
  await debrief.dismiss(4);
  await debrief.cancel(5);
  await debrief.rate(6, 'down');
  await debrief.rate(6, null);
  const post = (name: string, body: unknown) => ['POST', `/debrief/api/actions/${name}`, 'application/json', body];
  assert.deepEqual(sent, [
    post('retry_feedback', { feedback_id: 3 }), post('retry_feedback', { feedback_id: 3, stage: 'ssml' }), post('dismiss_feedback', { feedback_id: 4 }),
    post('cancel_feedback', { feedback_id: 5 }), post('rate_feedback', { feedback_id: 6, rating: 'down' }),
    post('rate_feedback', { feedback_id: 6, rating: 'none' }),
  ]);
  assert.deepEqual(heard[0], { name: 'retry_feedback', id: 3 });
  end(server);
});

test('a refusal has PostgreSQL\'s words, a broken answer has words too', limit, async () => {
  const { url, server } = await served((request, response) => {
    if (request.url!.includes('dismiss')) return response.writeHead(502).end('<html>Bad Gateway</html>');
    if (request.url!.includes('cancel')) return json(response, 502, { error: 'Bad Gateway' });
    response.setHeader('Retry-After', '7');
    json(response, 403, { error: { sqlstate: '42501', message: 'permission denied', hint: 'Ask.' } });
  });
  const debrief = createDebrief({ url });
  await assert.rejects(debrief.retry(1), { name: 'DebriefError', status: 403, sqlstate: '42501', message: 'permission denied', hint: 'Ask.', retryAfter: 7 });
  await assert.rejects(debrief.dismiss(1), { status: 502, message: 'The server answers with status 502.' });
  await assert.rejects(debrief.cancel(1), { status: 502, message: 'The server answers with status 502.' });
  end(server);
  await assert.rejects(debrief.retry(1), { status: 0, message: 'The server cannot be reached.' });
});

test('addresses of sounds and recordings stay below the console\'s', () => {
  const debrief = createDebrief({ url: 'https://example.org/debrief/' });
  assert.equal(debrief.soundUrl(spoken(3).sounds[0]!), 'https://example.org/debrief/sounds/3/0');
  assert.equal(debrief.recordingUrl(9), 'https://example.org/debrief/recordings/9');
});

test('every code that a row can fail with has a sentence', () => {
  const core = new URL('../../bgworker/', import.meta.url);
  const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.cpp'));
  const text = files.map((name) => readFileSync(new URL(name, core), 'utf8')).join('\n');
  const codes = [...text.matchAll(/\{"([a-z_]+)", FailureClass|\.code = "([a-z_]+)"/g)].map(([, row, field]) => row ?? field!);
  assert.ok(codes.length > 30);
  assert.deepEqual([...new Set([...codes, 'cancelled', 'gave_up', 'worker_lost'])].filter((code) => !sentences[code]), []);
});

test('another language has every word and every sentence', () => {
  assert.deepEqual(Object.keys(germanSentences), Object.keys(sentences));
  assert.deepEqual(Object.keys(germanSentences).filter((code) => germanSentences[code] === sentences[code]), []);
  assert.deepEqual([Object.keys(german), Object.keys(german.state)], [Object.keys(english), Object.keys(english.state)]);
  assert.equal(german.sentence({ error_code: 'timeout', last_error: 'The voice took too long.' }), germanSentences['timeout']);
  assert.equal(german.sentence({ error_code: 'of_tomorrow', last_error: 'It is tomorrow.' }), 'It is tomorrow.');
});

test('a failure is one sentence, never nothing and never a code', () => {
  assert.equal(sentence({ error_code: 'timeout', last_error: 'The voice took too long.' }), 'The voice took too long.');
  assert.equal(sentence({ error_code: 'timeout', last_error: null }), 'The service took too long.');
  assert.equal(sentence({ error_code: 'of_tomorrow', last_error: null }), 'It could not be done.');
});

test('a sound is offered only when both stages are completed', () => {
  assert.ok(hasSound(spoken(1)));
  assert.ok(!hasSound({ ...spoken(1), ssml_status: 'processing' }));
  assert.ok(!hasSound({ ...spoken(1), audio_status: 'queued' }));
  assert.ok(!hasSound({ ...spoken(1), sounds: [] }));
});

class FakeAudio extends EventTarget {
  src = '';
  currentTime = 0;
  heard: string[] = [];
  play() {
    this.heard.push(this.src);
    return Promise.resolve();
  }
  pause() {}
}

test('sounds stop each other, segments follow each other, and a new sound pauses the video', limit, async () => {
  const audio = new FakeAudio();
  let paused = 0;
  const sounds = createSounds({ soundUrl: ({ url }) => url }, () => (paused += 1), audio);
  const first = sounds.play(spoken(1, 2));
  audio.dispatchEvent(new Event('ended'));
  assert.deepEqual(audio.heard, ['sounds/1/0', 'sounds/1/1']);
  const second = sounds.play(spoken(2));
  assert.equal(await first, 'stopped');
  assert.equal(sounds.get().id, 2);
  sounds.pause();
  assert.ok(sounds.get().paused);
  void sounds.play(spoken(2));
  assert.equal(audio.heard.length, 4);
  audio.dispatchEvent(new Event('ended'));
  assert.equal(await second, 'ended');
  assert.equal(sounds.get().id, null);
  assert.equal(paused, 4);
});

test('an item that was edited while it was paused is heard as it is now', limit, async () => {
  const audio = new FakeAudio();
  const sounds = createSounds({ soundUrl: ({ url }) => url }, () => {}, audio);
  const before = sounds.play(spoken(1));
  sounds.pause();
  const edited = { ...spoken(1), sounds: [{ ...spoken(1).sounds[0]!, url: 'sounds/1/0?made=2' }] };
  const now = sounds.play(edited);
  assert.equal(await before, 'stopped');
  assert.deepEqual(audio.heard, ['sounds/1/0', 'sounds/1/0?made=2']);
  sounds.pause();
  void sounds.play({ ...edited });
  assert.equal(audio.heard.length, 3);
  audio.dispatchEvent(new Event('ended'));
  assert.equal(await now, 'ended');
});

test('a sound that breaks off is not taken for one that plays', limit, async () => {
  const audio = new FakeAudio();
  // Browsers say it twice: by the event, and by what play() returned.
  const refused = Promise.reject(new Error('NotSupportedError'));
  audio.play = () => refused;
  const sounds = createSounds({ soundUrl: ({ url }) => url }, () => {}, audio);
  const played = sounds.play(spoken(1));
  audio.dispatchEvent(new Event('error'));
  assert.equal(await played, 'stopped');
  await refused.catch(() => {});
  assert.deepEqual(sounds.get(), { id: null, paused: true, position: 0, failed: true, unheard: 1 });
});

test('an answer that breaks off, or is none of the console\'s, is a DebriefError as all that goes wrong', limit, async () => {
  const { url, server } = await served(({ url: path }, response) => {
    if (path!.endsWith('/explain')) return void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>');
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' }).write('{"result":', () => response.destroy());
  });
  const debrief = createDebrief({ url });
  await assert.rejects(debrief.explain(1), { name: 'DebriefError', status: 200, message: 'The server\'s answer is not JSON.' });
  await assert.rejects(debrief.retry(1), { name: 'DebriefError', status: 0, message: 'The connection broke.' });
  const away = new AbortController();
  const asked = debrief.get('api/session', away.signal);
  away.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  end(server);
});
