// The stores: @aws-sdk/client-s3 and @supabase/storage-js.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';

import * as s3 from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { StorageClient } from '@supabase/storage-js';

const BUCKET = 'test-bucket';
const KEY = 'feedback/1/0.wav';
const BYTES = Buffer.from('RIFF and the rest');
const JWT_SECRET = 'test-jwt-secret-of-32-characters';

async function judgeS3(emulator, calls) {
  const client = new s3.S3Client({
    endpoint: emulator.url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'test-secret' },
    requestHandler: new NodeHttpHandler(),
  });
  const at = { Bucket: BUCKET, Key: KEY };
  const put = { ...at, Body: BYTES, ContentType: 'audio/wav', Metadata: { sha256: 'abc' } };
  await calls.serves('put', () => client.send(
    new s3.PutObjectCommand({ ...put, IfNoneMatch: '*' })));
  await calls.refuses('put again', () => client.send(
    new s3.PutObjectCommand({ ...put, IfNoneMatch: '*' })), (e) => e.name === 'PreconditionFailed');
  await calls.serves('put of a hard name', () => client.send(
    new s3.PutObjectCommand({ ...put, Key: "a=b+c:d*e(f) 'é~@&,$!" })));
  await calls.serves('get', async () => {
    const got = await client.send(new s3.GetObjectCommand(at));
    assert.deepEqual(Buffer.from(await got.Body.transformToByteArray()), BYTES);
    assert.equal(got.Metadata.sha256, 'abc');
  });
  await calls.serves('get of a range', async () => {
    const got = await client.send(new s3.GetObjectCommand({ ...at, Range: 'bytes=0-3' }));
    assert.equal(await got.Body.transformToString(), 'RIFF');
  });
  await calls.serves('head', async () => {
    const got = await client.send(new s3.HeadObjectCommand(at));
    assert.equal(got.ContentLength, BYTES.length);
    assert.equal(got.ETag, `"${createHash('md5').update(BYTES).digest('hex')}"`);
  });
  await calls.serves('list', async () => {
    const got = await client.send(
      new s3.ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'feedback/', MaxKeys: 10 }));
    assert.deepEqual(got.Contents.map((row) => row.Key), [KEY]);
  });
  await calls.serves('head of the bucket', () => client.send(
    new s3.HeadBucketCommand({ Bucket: BUCKET })));
  await calls.serves('delete', () => client.send(new s3.DeleteObjectCommand(at)));
  await calls.refuses('get of nothing', () => client.send(new s3.GetObjectCommand(at)),
    (e) => e.name === 'NoSuchKey');
}

function serviceJwt() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ role: 'service_role' })}`;
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}

async function judgeSupabase(emulator, calls) {
  const key = serviceJwt();
  const headers = { apikey: key, Authorization: `Bearer ${key}` };
  const client = new StorageClient(`${emulator.url}/storage/v1`, headers);
  const bucket = client.from(BUCKET);
  // The library gives errors back; here they must be thrown.
  const data = async (promise) => {
    const answer = await promise;
    if (answer.error) throw answer.error;
    return answer.data;
  };
  const options = { contentType: 'audio/wav', cacheControl: '3600', metadata: { sha256: 'abc' } };
  await calls.serves('upload', () => data(bucket.upload(KEY, BYTES, options)));
  await calls.refuses('upload again', () => data(bucket.upload(KEY, BYTES, options)),
    (e) => e.statusCode === '409' && e.status === 400);
  await calls.serves('upsert', () => data(
    bucket.upload(KEY, BYTES, { ...options, upsert: true })));
  await calls.serves('update', () => data(bucket.update(KEY, BYTES, options)));
  await calls.serves('download', async () => {
    const blob = await data(bucket.download(KEY));
    assert.deepEqual(Buffer.from(await blob.arrayBuffer()), BYTES);
  });
  await calls.serves('info', async () => {
    const info = await data(bucket.info(KEY));
    assert.equal(info.size, BYTES.length);
    assert.deepEqual(info.metadata, { sha256: 'abc' });
  });
  await calls.serves('exists', async () => assert.equal(await data(bucket.exists(KEY)), true));
  await calls.serves('list', async () => {
    const rows = await data(bucket.list('feedback/1'));
    assert.deepEqual(rows.map((row) => row.name), ['0.wav']);
  });
  await calls.serves('bucket', async () => {
    assert.equal((await data(client.getBucket(BUCKET))).id, BUCKET);
  });
  await calls.serves('buckets', () => data(client.listBuckets()));
  await calls.serves('remove', async () => {
    assert.equal((await data(bucket.remove([KEY]))).length, 1);
  });
  await calls.refuses('info of nothing', () => data(bucket.info(KEY)),
    (e) => e.statusCode === '404');
}

export const judges = {
  s3: { settings: {}, judge: judgeS3 },
  supabase: { settings: { jwt_secret: JWT_SECRET }, judge: judgeSupabase },
};
