// Answers what pg_debrief_console answers, from rows that a test makes and changes: for what a real pipeline does not
// get into, or not without waiting.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import * as rows from './rows.mjs';

const dist = new URL('../../../console/dist/', import.meta.url).pathname;
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' https: http:; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store',
};

/** The script of the page, by whose name it knows whether the console serves another. */
const SCRIPT = /app-\w+\.js/.exec(readFileSync(join(dist, 'index.html'), 'utf8'))[0];

/** A second of silence. */
export function wav() {
  const data = Buffer.alloc(8000, 128);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0); head.writeUInt32LE(36 + data.length, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16); head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22); head.writeUInt32LE(8000, 24); head.writeUInt32LE(8000, 28); head.writeUInt16LE(1, 32); head.writeUInt16LE(8, 34); head.write('data', 36); head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

export async function serve({ prefix = '', port = 0, video = null } = {}) {
  const world = {
    session: rows.session(), overview: rows.emptyOverview(), analysis: rows.fullAnalysis(), analyses: [], failures: [], operations: [], next: null,
    /** Path to an error: { status, message, hint, sqlstate, retryAfter }. */
    broken: {},
    /** Path with query to an answer in place of the usual one. */
    answers: {}, page: SCRIPT, actions: [], requests: [], streams: new Set(), result: (name) => (name === 'retry_failed' ? [{ retried_stage: 'audio', retried: 4200 }] : 'ok'),
    explain: 'voices answered 500 to this sound three times, and spoke 214 other items in between. So the fault is laid at this item.',
  };

  const send = (stream, name, data) => stream.response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const stateOf = (topic) => (topic === 'overview' ? world.overview : topic === 'mine' ? { rows: world.analyses } : world.analysis);
  world.say = (topic, name, data) => [...world.streams].filter((s) => s.topic === topic).forEach((s) => send(s, name, data));
  world.cut = () => [...world.streams].forEach((s) => s.response.destroy());

  function answer(request, response) {
    const url = new URL(request.url, 'http://x');
    if (!url.pathname.startsWith(prefix)) return reply(404, {});
    const path = url.pathname.slice(prefix.length) || '/';
    world.requests.push(`${request.method} ${path}${url.search}`);
    function reply(status, body, headers = {}) {
      response.writeHead(status, { ...HEADERS, 'Debrief-Page': world.page, 'Content-Type': 'application/json', ...headers });
      response.end(body === null ? undefined : JSON.stringify(body));
    }
    const refuse = ({ status, message, hint = null, sqlstate = null, retryAfter }) =>
      reply(status, { error: { message, hint, sqlstate } }, retryAfter ? { 'Retry-After': String(retryAfter) } : {});
    const bytes = (body, type) => range(request, response, body, type);

    const key = Object.keys(world.broken).find((broken) => path.startsWith(broken));
    if (key === '*drop' || world.broken[key]?.status === 0) return request.destroy();
    if (key) return refuse(world.broken[key]);
    if (path.startsWith('/assets/')) return file(path);
    if (path.startsWith('/sounds/')) return bytes(wav(), 'audio/wav');
    if (path.startsWith('/recordings/')) return video ? bytes(video, 'video/mp4') : refuse({ status: 404, message: 'There is no such recording.' });
    if (!path.startsWith('/api/')) return file('/index.html');
    if (path === '/api/login') return world.login ? refuse(world.login) : ((world.session = rows.session()), reply(204, null));
    if (path === '/api/logout') return (world.session = null), reply(204, null);
    if (world.session === null) return refuse({ status: 401, message: 'Sign in.' });
    if (world.answers[path + url.search]) return reply(200, world.answers[path + url.search]);
    if (path === '/api/session') return reply(200, world.session);
    if (path === '/api/overview') return reply(200, world.overview);
    if (path.endsWith('/explain')) return reply(200, { text: world.explain });
    if (path === '/api/analyses') return reply(200, { rows: world.analyses.filter((row) => !url.searchParams.get('status') || row.status === url.searchParams.get('status')), next: world.next });
    if (path === '/api/operations') return reply(200, { rows: world.operations.filter((row) => !url.searchParams.get('action') || row.action === url.searchParams.get('action')), next: world.next && '1764000000.5_00000000-0000-4000-8000-000000000004' });
    if (path === '/api/failures') return reply(200, { rows: world.failures, next: null });
    if (/^\/api\/analyses\/\d+$/.test(path)) return reply(200, world.analysis);
    if (path.startsWith('/api/actions/')) return take(path.slice('/api/actions/'.length));
    if (path === '/api/events') return stream(url.searchParams.get('topic'));
    reply(404, { error: { message: 'There is no such page.', hint: null, sqlstate: null } });

    function file(name) {
      let body = readFileSync(join(dist, name));
      if (name === '/index.html') body = body.toString().replaceAll('"/assets/', `"${prefix}/assets/`);
      response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(name)] });
      response.end(body);
    }
    function take(name) {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        world.actions.push({ name, ...JSON.parse(body) });
        const result = world.result(name, JSON.parse(body));
        return result?.status ? refuse(result) : reply(200, { result });
      });
    }
    function stream(topic) {
      response.writeHead(200, { ...HEADERS, 'Debrief-Page': world.page, 'Content-Type': 'text/event-stream' });
      const own = { topic, response };
      world.streams.add(own);
      response.on('close', () => world.streams.delete(own));
      response.write('retry: 2000\n\n');
      send(own, 'state', stateOf(topic));
    }
  }
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    world, url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

function range(request, response, body, type) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = Number(asked?.[1] ?? 0);
  const to = Math.min(Number(asked?.[2] || body.length - 1), body.length - 1);
  response.writeHead(asked ? 206 : 200, { ...HEADERS, 'Content-Type': type, 'Accept-Ranges': 'bytes', 'Content-Length': to - from + 1, ...(asked && { 'Content-Range': `bytes ${from}-${to}/${body.length}` }) });
  response.end(body.subarray(from, to + 1));
}
