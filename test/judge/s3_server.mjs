// A real S3 server that verifies signatures, on a port of its own: prints "PORT" and serves until its
// standard input ends. Bucket "sounds"; key S3RVER, secret S3RVER.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';

const directory = mkdtempSync(join(tmpdir(), 's3rver-'));
const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'sounds' }] });
const { port } = await server.run();
console.log(port);
process.stdin.resume();
process.stdin.on('end', () => { rmSync(directory, { recursive: true, force: true }); process.exit(0); });
