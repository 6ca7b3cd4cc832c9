// A small application on pg_debrief: it takes videos, and plays each user the spoken feedback on theirs.
//   npm ci && PGDATABASE=appdb PGUSER=web RECORDINGS=/srv/recordings node server.mjs          (Node 22.18 or newer)
// RECORDINGS is the path of the store of stage analysis, a server of kind `directory`.
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { overPg } from '../../client/src/pg.ts';

const recordings = process.env.RECORDINGS ?? '/srv/recordings';
const BYTES_MAX = 2e9;
const pool = new pg.Pool();
// When PostgreSQL restarts: without listeners the process would end, of a connection that nobody uses and of one in use, whose query fails too.
pool.on('error', (error) => console.error(error.message));
pool.on('connect', (db) => db.on('error', () => {}));

// Signing in is yours. Here every browser is a user of its own, by a cookie that other sites cannot send.
function userOf(request, response) {
  const known = /(?:^|; )user=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/.exec(request.headers.cookie ?? '');
  if (known) return known[1];
  const user = randomUUID();
  response.setHeader('Set-Cookie', `user=${user}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`);
  return user;
}

// What the user may see and do is PostgreSQL's to say: row level security asks who they are.
async function asUser(user, work) {
  const db = await pool.connect();
  let commits = false;
  try {
    await db.query('BEGIN');
    await db.query(`SELECT set_config('debrief.user_id', $1, true)`, [user]);
    const result = await work(db);
    commits = true;
    await db.query('COMMIT');
    return result;
  } catch (error) {
    await db.query('ROLLBACK').catch(() => {});
    // Where the connection was lost, and not the commit refused, nobody knows.
    error.mayBeCommitted = commits && !/^(?!08|57P)[0-9A-Z]{5}$/.test(error.code ?? '');
    throw error;
  } finally {
    db.release();
  }
}

// The file first, then the row that says it is there: its commit starts the analysis.
async function takeUpload(request, response, user, url) {
  if (Number(request.headers['content-length'] ?? Infinity) > BYTES_MAX) return response.writeHead(413).end();
  const name = url.searchParams.get('name') ?? '';
  const path = `${user}/${randomUUID()}${/\.[a-z0-9]{1,5}$/i.exec(name)?.[0] ?? ''}`;
  await mkdir(`${recordings}/${user}`, { recursive: true });
  const file = `${recordings}/${path}`;
  try {
    await pipeline(request, createWriteStream(`${file}.part`, { flags: 'wx' }));
    await rename(`${file}.part`, file);
    const { rows: [{ id }] } = await asUser(user, (db) => db.query(
      `INSERT INTO debrief.video_recordings (user_id, storage_path, original_filename, upload_status)
       VALUES ($1, $2, $3, 'completed') RETURNING id`, [user, path, name]));
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify({ id }));
  } catch (error) {
    if (!error.mayBeCommitted) await Promise.all([`${file}.part`, file].map((left) => rm(left, { force: true })));
    throw error;
  }
}

// Browsers ask for parts: of a video to seek in it, and Safari of a sound before it plays it. Returns the bytes to send, if any.
function startPart(request, response, size, type) {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) : size - 1, size - 1);
  if (start > end) return void response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
  response.writeHead(first === undefined ? 200 : 206, {
    'Accept-Ranges': 'bytes', 'Content-Length': end - start + 1, 'Content-Type': type, 'X-Content-Type-Options': 'nosniff',
    ...(first !== undefined && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  return { start, end };
}

async function sendVideo(request, response, user, id) {
  const { rows: [video] } = await asUser(user, (db) => db.query('SELECT storage_path FROM debrief.video_recordings WHERE id = $1', [id]));
  if (!video) return response.writeHead(404).end();
  const file = `${recordings}/${video.storage_path}`;
  const { size } = await stat(file);
  const part = startPart(request, response, size, file.endsWith('.webm') ? 'video/webm' : 'video/mp4');
  if (part) await pipeline(createReadStream(file, part), response);
}

async function sendSound(request, response, user, feedbackId, segment) {
  await asUser(user, async (db) => {
    const { rows: [sound] } = await db.query('SELECT * FROM debrief.get_audio($1, $2)', [feedbackId, segment]);
    // An item that is edited gets another sound under this address.
    response.setHeader('Cache-Control', 'no-store');
    const part = startPart(request, response, sound.body.length, sound.content_type);
    if (part) response.end(sound.body.subarray(part.start, part.end + 1));
  });
}

// client/ speaks to the console; here this server answers in its place, over PostgreSQL, as the user.
const debrief = (user) => overPg({ userId: user, connect: async () => {
  const db = new pg.Client();
  await db.connect();
  return db;
} });

async function sendEvents(request, response, user, topic) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  await debrief(user).transport.open(topic, ({ name, data }) =>
    response.write(name === '' ? ':\n' : `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`), ended.signal);
}

async function answerApi(request, response, user, path) {
  if (request.method === 'POST' && !(Number(request.headers['content-length']) < 100_000)) return response.writeHead(413).end();
  const chunks = request.method === 'POST' ? await request.toArray() : [];
  const answer = await debrief(user).fetch(`pg:${path}`, { method: request.method, body: Buffer.concat(chunks).toString() });
  response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
}

// The client's modules, without their types: nothing has to be built.
async function sendModule(response, name) {
  const source = await readFile(new URL(`../../client/src/${name}.ts`, import.meta.url), 'utf8');
  response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(stripTypeScriptTypes(source));
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const { pathname: path } = url;
  const user = userOf(request, response);
  const part = (pattern) => pattern.exec(path)?.slice(1);
  let found;
  if (path === '/') return response.writeHead(200, { 'Content-Type': 'text/html' }).end(await readFile(new URL('index.html', import.meta.url)));
  if ((found = part(/^\/client\/([a-z]+)\.ts$/))) return sendModule(response, found[0]);
  if (path === '/uploads' && request.method === 'POST') return takeUpload(request, response, user, url);
  if ((found = part(/^\/debrief\/recordings\/(\d+)$/))) return sendVideo(request, response, user, found[0]);
  if ((found = part(/^\/debrief\/sounds\/(\d+)\/(\d+)$/))) return sendSound(request, response, user, ...found);
  if (path === '/debrief/api/events') return sendEvents(request, response, user, url.searchParams.get('topic') ?? '');
  if ((found = part(/^\/debrief(\/api\/.*)$/))) return answerApi(request, response, user, found[0]);
  response.writeHead(404).end();
}

// A large video on a slow line takes its time: Node's own limit is five minutes for a whole request.
const server = http.createServer({ requestTimeout: 7_200_000 }, (request, response) => {
  answer(request, response).catch((error) => {
    if (!response.writableEnded && !response.destroyed) console.error(error.message);
    if (response.headersSent) response.destroy();
    else response.writeHead(error.code === 'ENOENT' ? 404 : 500).end();
  });
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
