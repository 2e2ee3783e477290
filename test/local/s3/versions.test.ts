import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { startS3, type TestCloud, VERSIONED } from './support';

const Bucket = 'kept';
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startS3({ kept: VERSIONED, flat: {} });
});
afterEach(() => cloud.stop());

const put = async (Key: string, Body: string, bucket = Bucket): Promise<string> =>
  (await cloud.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))).VersionId!;
const text = async (Key: string, VersionId?: string): Promise<string> =>
  (await cloud.client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString();
const remove = (Key: string, VersionId?: string) => cloud.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const failure = (promise: Promise<unknown>): Promise<{ name: string; status: number }> =>
  promise.then(
    () => ({ name: 'none', status: 200 }),
    (error) => ({ name: error.name, status: error.$metadata.httpStatusCode }),
  );
const plainFile = (key: string): string => readFileSync(join(cloud.stateDir, 's3', Bucket, key), 'utf8');

test('an overwritten object is still read by its version', async () => {
  const first = await put('a', 'one');
  const second = await put('a', 'two');

  expect(first).not.toBe(second);
  expect(await text('a')).toBe('two');
  expect(await text('a', first)).toBe('one');
  expect(plainFile('a')).toBe('two');
});

test('a delete hides the object behind a marker, and deleting the marker brings it back', async () => {
  const version = await put('a', 'one');

  const deleted = await remove('a');
  const hidden = await failure(text('a'));
  const listed = await cloud.client.send(new ListObjectsV2Command({ Bucket }));
  const stillThere = await text('a', version);
  const undone = await remove('a', deleted.VersionId);

  expect(deleted.DeleteMarker).toBe(true);
  expect(hidden).toEqual({ name: 'NoSuchKey', status: 404 });
  expect(listed.KeyCount).toBe(0);
  expect(stillThere).toBe('one');
  expect(undone).toMatchObject({ DeleteMarker: true, VersionId: deleted.VersionId });
  expect(await text('a')).toBe('one');
  expect(plainFile('a')).toBe('one');
});

test('deleting the latest version for good uncovers the one before', async () => {
  await put('a', 'one');
  const second = await put('a', 'two');

  await remove('a', second);

  expect(await text('a')).toBe('one');
  expect(plainFile('a')).toBe('one');
  expect(await failure(text('a', second))).toEqual({ name: 'NoSuchVersion', status: 404 });
});

test('a delete marker itself cannot be read', async () => {
  await put('a', 'one');
  const { VersionId } = await remove('a');

  expect(await failure(text('a', VersionId))).toEqual({ name: 'MethodNotAllowed', status: 405 });
  expect(await failure(cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'a' })))).toEqual({ name: 'NotFound', status: 404 });
});

test('a key behind a delete marker counts as new for a conditional write', async () => {
  await put('a', 'one');
  await remove('a');

  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'again', IfNoneMatch: '*' }));

  expect(await text('a')).toBe('again');
});

test('versions are listed newest first within a key, in pages of any size', async () => {
  const ids = [await put('a', '1'), await put('a', '22'), await put('b', '333')];
  const marker = (await remove('a')).VersionId;
  const expected = [marker, ids[1], ids[0], ids[2]];

  const whole = await cloud.client.send(new ListObjectVersionsCommand({ Bucket }));
  const paged: (string | undefined)[] = [];
  for (let at = {}, more = true; more; ) {
    const page = await cloud.client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, ...at }));
    paged.push(...[...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])].map(({ VersionId }) => VersionId));
    at = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    more = page.IsTruncated === true;
  }

  expect(paged).toEqual(expected);
  expect(whole.DeleteMarkers).toMatchObject([{ Key: 'a', VersionId: marker, IsLatest: true }]);
  expect(whole.Versions?.map(({ Key, VersionId, IsLatest, Size }) => [Key, VersionId, IsLatest, Size])).toEqual([
    ['a', ids[1], false, 2],
    ['a', ids[0], false, 1],
    ['b', ids[2], true, 3],
  ]);
});

test('versions are folded by a delimiter', async () => {
  for (const key of ['x', 'dir/1', 'dir/2']) await put(key, key);

  const { Versions, CommonPrefixes } = await cloud.client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }));

  expect(Versions?.map(({ Key }) => Key)).toEqual(['x']);
  expect(CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
});

test('several versions are deleted in one request', async () => {
  const [one, two] = [await put('a', '1'), await put('a', '2')];

  const { Deleted } = await cloud.client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a', VersionId: one }, { Key: 'a', VersionId: two }, { Key: 'b' }] } }),
  );

  expect(Deleted).toMatchObject([{ VersionId: one }, { VersionId: two }, { Key: 'b', DeleteMarker: true }]);
  expect(await failure(text('a'))).toMatchObject({ name: 'NoSuchKey' });
});

test('a bucket without versioning answers no version ids and keeps one version', async () => {
  expect(await put('a', 'one', 'flat')).toBeUndefined();
  await put('a', 'two', 'flat');

  const { Versions } = await cloud.client.send(new ListObjectVersionsCommand({ Bucket: 'flat' }));

  expect(Versions?.map(({ VersionId, Size }) => [VersionId, Size])).toEqual([['null', 3]]);
});

test('the deploy step’s object becomes a new version only when its bytes change', async () => {
  const first = cloud.s3.putObject(Bucket, 'config/a.json', Buffer.from('{}'));

  const same = cloud.s3.putObject(Bucket, 'config/a.json', Buffer.from('{}'));
  const changed = cloud.s3.putObject(Bucket, 'config/a.json', Buffer.from('{"a":1}'));

  expect(same).toBe(first);
  expect(changed).not.toBe(first);
  expect(await text('config/a.json')).toBe('{"a":1}');
  expect(await text('config/a.json', first)).toBe('{}');
  expect(() => cloud.s3.putObject('nowhere', 'a', Buffer.from(''))).toThrow(/does not exist/);
});
