import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { someBytes, startS3, type TestCloud } from './support';

const MIB = 1024 * 1024;
const Bucket = 'torn';
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startS3({ torn: {} });
});
afterEach(() => cloud.stop());

const incoming = (): string[] => readdirSync(join(cloud.stateDir, 's3/.data/torn/blobs/incoming'));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a client that goes away in the middle of an upload leaves nothing behind', async () => {
  const upload = request(`${cloud.endpoint}/torn/half`, { method: 'PUT', headers: { 'content-length': String(8 * MIB) } });
  upload.on('error', () => undefined);
  upload.write(someBytes(4 * MIB));
  await until(() => incoming().length === 1);

  upload.destroy();
  await until(() => incoming().length === 0);

  await expect(cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'half' }))).rejects.toMatchObject({ name: 'NotFound' });
  expect(cloud.logged).toEqual([]);
});

test('a reader that goes away in the middle of a body disturbs nobody', async () => {
  const body = someBytes(8 * MIB);
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));

  await new Promise<void>((resolve) => {
    request(`${cloud.endpoint}/torn/k`, (response) => {
      response.once('data', () => {
        response.destroy();
        resolve();
      });
    }).end();
  });
  const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));

  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
  expect(cloud.logged).toEqual([]);
});

test('an object overwritten while it is read is still read whole', async () => {
  const old = someBytes(8 * MIB, 1);
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: old }));
  const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));

  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));

  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(old)).toBe(true);
});

test('a refused large upload is answered without its body being kept, and the connection goes on', async () => {
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'first' }));

  const refused = cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: someBytes(8 * MIB), IfNoneMatch: '*' }));

  await expect(refused).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'x' }));
  expect(incoming()).toEqual([]);
});
