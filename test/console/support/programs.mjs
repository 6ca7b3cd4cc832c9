// The programs of a pipeline, killed and started by a test: test/console/pipeline says where they are.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import pg from 'pg';

/** The rows of a statement by the superuser, each an array; on a connection of its own, as the server comes and goes. */
export async function sql(text, values = []) {
  const client = new pg.Client();
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query({ text, values, rowMode: 'array' })).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

export class Server {
  #control = `${execFileSync(process.env.PG_CONFIG || 'pg_config', ['--bindir'], { encoding: 'utf8' }).trim()}/pg_ctl`;

  /** `how`: a mode of pg_ctl. */
  stop(how) {
    return this.#run('stop', '-m', how);
  }

  start() {
    return this.#run('start', '-l', `${process.env.PGHOST}/log`);
  }

  async #run(...words) {
    const command = [this.#control, '-w', '-s', '-D', `${process.env.PGHOST}/data`, ...words];
    if (process.getuid() === 0) command.unshift('runuser', '-u', 'postgres', '--');
    await promisify(execFile)(command[0], command.slice(1), { cwd: '/' });
  }
}

export class Console {
  #options;
  #program;
  #listen = '127.0.0.1:0';

  constructor(...options) {
    this.#options = options;
    process.on('exit', () => this.#program?.kill('SIGKILL'));  // however the test ends
  }

  /** At the same address each time. */
  async start() {
    const program = spawn(process.env.CONSOLE, ['--listen', this.#listen, ...this.#options],
      { env: { ...process.env, PGPASSWORD: 'secret' }, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#program = program;
    let said = '';
    for await (const text of program.stdout.iterator({ destroyOnReturn: false })) {
      said += text;
      if (/^ready$/m.test(said)) break;
    }
    this.#listen = /^page on http:\/\/(\S+)$/m.exec(said)[1];
  }

  get port() {
    return Number(this.#listen.split(':')[1]);
  }

  async stop(signal) {
    const ended = once(this.#program, 'exit');
    this.#program.kill(signal);
    await ended;
  }
}

/** A JWT by HS256. */
export function token(secret, claims) {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
