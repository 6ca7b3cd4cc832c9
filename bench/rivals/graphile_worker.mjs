// graphile_worker.mjs URL ROWS: with its local queue and batched completions. A result and the next
// step's job are one statement.
import { makeWorkerUtils, run } from 'graphile-worker';
import { count, database, measure, prepare, speak, writeSsml } from './job.mjs';

const preset = {
  worker: {
    concurrentJobs: 64, maxPoolSize: 20, pollInterval: 500,
    localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0,
  },
};

await prepare();
await database.query('drop schema if exists graphile_worker cascade');
const utils = await makeWorkerUtils({ pgPool: database });
await utils.migrate();

const taskList = {
  ssml: async ({ id }) => {
    await database.query({
      name: 'ssml', values: [id, await writeSsml(id)],
      text: `with kept as (insert into rival_ssml values ($1, $2) on conflict do nothing)
             select from graphile_worker.add_job('audio', json_build_object('id', $1::bigint))`,
    });
  },
  audio: async ({ id }) => {
    await database.query({
      name: 'sounds', values: [id, await speak(id)],
      text: 'insert into rival_sounds values ($1, $2) on conflict do nothing',
    });
    count(1);
  },
};

await run({ preset, pgPool: database, taskList, noHandleSignals: true });
await measure((wanted) => database.query(
  `select graphile_worker.add_jobs(array(
     select row('ssml', json_build_object('id', id), null, null, null, null, null, null)::graphile_worker.job_spec
       from unnest($1::bigint[]) id))`, [wanted]));
process.exit(0);
