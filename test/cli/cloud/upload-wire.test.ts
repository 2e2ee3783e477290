import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { putFile } from '../../../cli/cloud/upload';
import { bucketFolder } from '../../../cli/state/runs';
import { MIB } from '../../../core/units';
import { NOTIFYING, startS3, type TestCloud } from '../../local/s3/support';
import { tempFolder, writeFiles } from '../support';

const folder = tempFolder();
writeFiles(folder, { small: 'id\n1\n', other: 'id\n2\n', empty: '', big: 'x'.repeat(70 * MIB) });
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startS3({ in: NOTIFYING });
});
afterAll(async () => {
  await cloud.stop();
  rmSync(cloud.stateDir, { recursive: true, force: true });
});

const put = (name: string, key: string, again = false) => putFile({ s3: cloud.client, bucket: 'in', key }, join(folder, name), { again });

test.each(['small', 'empty', 'big'])('a %s file arrives whole, with a checksum of the whole object, and starts one event', async (name) => {
  const key = `incoming/${name} ü+%41.csv`;
  const before = cloud.events.length;

  const first = await put(name, key);
  const second = await put(name, key);

  expect([first.uploaded, second]).toEqual([true, { ...first, uploaded: false }]);
  expect(readFileSync(join(bucketFolder(cloud.stateDir, 'in'), key)).equals(readFileSync(join(folder, name)))).toBe(true);
  const head = await cloud.client.send(new HeadObjectCommand({ Bucket: 'in', Key: key, ChecksumMode: 'ENABLED' }));
  expect(head).toMatchObject({ ChecksumType: 'FULL_OBJECT', VersionId: first.object.versionId });
  expect(cloud.events.length - before).toBe(1);
});

test('other content is a new version, and so is the same content when asked for', async () => {
  const versions = [await put('small', 'k'), await put('other', 'k'), await put('other', 'k', true), await put('other', 'k')];

  expect(versions.map(({ uploaded }) => uploaded)).toEqual([true, true, true, false]);
  expect(new Set(versions.map(({ object }) => object.versionId)).size).toBe(3);
});

test('no upload stays open', async () => {
  const { Uploads } = await cloud.client.send(new ListMultipartUploadsCommand({ Bucket: 'in' }));

  expect(Uploads ?? []).toEqual([]);
});
