import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';

const owner = '11111111-1111-4111-8111-111111111111';

test('a talk gets spoken feedback', async () => {
  const db = new pg.Client();
  await db.connect();
  await db.query(`insert into debrief.video_recordings (user_id, storage_path, upload_status) values ($1, $2, 'completed')`, [owner, `${owner}/node.mp4`]);
  assert.deepEqual((await db.query('select * from debrief.drain()')).rows, []);
  const { rows } = await db.query(`select status from debrief.feedback_status`);
  assert.ok(rows.length >= 3 && rows.every(({ status }) => status === 'completed'));
  await db.end();
});
