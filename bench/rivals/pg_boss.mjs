// pg_boss.mjs URL ROWS: with batches, of which each job is settled by itself, and a listener.
import { PgBoss } from 'pg-boss';
import { count, database, measure, prepare, speak, writeSsml } from './job.mjs';

const batch = { batchSize: 100, localConcurrency: 4, pollingIntervalSeconds: 0.5, perJobResults: true, burstWhenBatchFull: true };

await prepare();
await database.query('drop schema if exists pgboss cascade');
const boss = new PgBoss({ host: process.env.PGHOST, database: process.env.PGDATABASE, user: process.env.PGUSER, useListenNotify: true });
boss.on('error', (error) => { throw error; });
await boss.start();
for (const queue of ['ssml', 'audio']) await boss.createQueue(queue, { notify: true });

const ids = (jobs) => jobs.map((job) => job.data.id);
const settled = (jobs) => jobs.map((job) => ({ id: job.id, status: 'completed' }));

await boss.work('ssml', batch, async (jobs) => {
  const texts = await Promise.all(ids(jobs).map(writeSsml));
  await database.query({
    name: 'ssml', text: 'insert into rival_ssml select * from unnest($1::bigint[], $2::text[]) on conflict do nothing',
    values: [ids(jobs), texts],
  });
  await boss.insert('audio', ids(jobs).map((id) => ({ data: { id } })));
  return settled(jobs);
});
await boss.work('audio', batch, async (jobs) => {
  const sounds = await Promise.all(ids(jobs).map(speak));
  await database.query({
    name: 'sounds', text: 'insert into rival_sounds select * from unnest($1::bigint[], $2::bytea[]) on conflict do nothing',
    values: [ids(jobs), sounds],
  });
  count(jobs.length);
  return settled(jobs);
});

await measure((wanted) => boss.insert('ssml', wanted.map((id) => ({ data: { id } }))));
process.exit(0);
