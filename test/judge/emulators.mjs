// Starts emulators as processes of their own and stops them with this one.
//
// An emulator ends when its stdin closes, so none outlives a judge that crashed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../support/emulators/run.py', import.meta.url));
const START_MS_MAX = 20_000;
const POLL_MS = 30;

export class Emulators {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'judge-'));
    this.running = new Map();
  }

  // Returns {port, url, log()} of a service that takes connections.
  async start(service, settings = {}) {
    const portFile = join(this.folder, `${service}.port`);
    const logFile = join(this.folder, `${service}.jsonl`);
    const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const child = spawn('python3', [RUN, service, '--port-file', portFile, '--log', logFile,
      '--watch-stdin', ...set], { stdio: ['pipe', 'ignore', 'inherit'] });
    this.running.set(service, child);
    const deadline = Date.now() + START_MS_MAX;
    while (!existsSync(portFile)) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the emulator of ${service} did not start`);
      }
      await sleep(POLL_MS);
    }
    const port = Number(readFileSync(portFile, 'ascii'));
    const url = `http://127.0.0.1:${port}`;
    return { service, port, url, log: () => readLog(logFile) };
  }

  async stop() {
    const ends = [...this.running.values()].filter((child) => child.exitCode === null).map(
      (child) => new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }));
    await Promise.all(ends);
    rmSync(this.folder, { recursive: true });
  }
}

function readLog(path) {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
