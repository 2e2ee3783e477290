import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformEvent } from '../../../local/kernel/types';
import { Bucket, type BucketSettings } from '../../../local/s3/bucket';
import { EntryLog } from '../../../local/s3/entry-log';
import type { Entry } from '../../../local/s3/model';
import type { Origin } from '../../../local/s3/notifications';

const origin: Origin = { requestId: 'r', sourceIp: '127.0.0.1', reason: 'PutObject' };
const versioned: BucketSettings = { versioned: true, notifies: false };
let root: string;
const open: Bucket[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'batchwright-s3-'));
});
afterEach(() => {
  for (const bucket of open.splice(0)) bucket.close();
  rmSync(root, { recursive: true, force: true });
});

function aBucket(settings: BucketSettings = versioned, publish: (event: PlatformEvent) => void = () => undefined): Bucket {
  const bucket = new Bucket({ root, name: 'b', settings, publish, log: () => undefined });
  open.push(bucket);
  return bucket;
}
const put = (bucket: Bucket, key: string, text: string) =>
  bucket.put(key, { blob: bucket.blobs.write(Buffer.from(text)), size: text.length, etag: `etag of ${text}` }, origin);
const read = (bucket: Bucket, key: string): string => readFileSync(bucket.blobs.path(bucket.state.latest(key)!.blob!), 'utf8');
const logFile = (): string => join(root, '.data/b/log.jsonl');
const incoming = (): string => join(root, '.data/b/blobs/incoming');
const shown = (key: string): string => join(root, 'b', key);

test('everything is there after a restart', () => {
  const bucket = aBucket();
  const first = put(bucket, 'a', 'one');
  put(bucket, 'a', 'two');
  put(bucket, 'b', 'x');
  bucket.remove('b', undefined, origin);

  const again = aBucket();

  expect(read(again, 'a')).toBe('two');
  expect(again.state.find('a', first.versionId)).toEqual(first);
  expect([...again.state.live.from('')]).toEqual(['a']);
  expect([...again.state.all.from('')]).toEqual(['a', 'b']);
  expect(again.state.createdMs).toBe(bucket.state.createdMs);
});

test('a line cut short by a kill at any byte loses that line and nothing else', () => {
  const bucket = aBucket();
  put(bucket, 'a', 'one');
  const before = statSync(logFile()).size;
  put(bucket, 'b', 'two');
  const whole = readFileSync(logFile());

  for (let bytes = before; bytes < whole.length; bytes += 7) {
    writeFileSync(logFile(), whole.subarray(0, bytes));
    const again = aBucket();

    expect([...again.state.live.from('')]).toEqual(['a']);
    expect(statSync(logFile()).size).toBe(before);
  }
});

test('a write after a torn line is not glued to it', () => {
  put(aBucket(), 'a', 'one');
  appendFileSync(logFile(), '{"t":"put","key":"to');

  put(aBucket(), 'c', 'three');

  expect([...aBucket().state.live.from('')]).toEqual(['a', 'c']);
});

test('a blob that was written and never named is removed', () => {
  const bucket = aBucket();
  const orphan = bucket.blobs.write(Buffer.from('orphan'));

  aBucket();

  expect(existsSync(join(incoming(), orphan))).toBe(false);
});

test('a blob that was named and not yet moved is moved, and its file shown', () => {
  const bucket = aBucket();
  const blob = bucket.blobs.write(Buffer.from('named'));
  const entries = new EntryLog<Entry>(logFile());
  entries.replay(() => undefined);
  entries.append({ t: 'put', key: 'dir/k', version: { versionId: 'v', modifiedMs: 1, size: 5, etag: 'e', blob } });
  entries.close();

  const again = aBucket();

  expect(read(again, 'dir/k')).toBe('named');
  expect(readFileSync(shown('dir/k'), 'utf8')).toBe('named');
  expect(readdirSync(incoming())).toEqual([]);
});

test('a removal that was noted and not carried out is carried out', () => {
  const bucket = aBucket({ versioned: false, notifies: false });
  const { blob } = put(bucket, 'k', 'old');
  const entries = new EntryLog<Entry>(logFile());
  entries.replay(() => undefined);
  entries.append({ t: 'drop', key: 'k', versionId: 'null' });
  entries.close();

  const again = aBucket({ versioned: false, notifies: false });

  expect(existsSync(again.blobs.path(blob!))).toBe(false);
  expect(existsSync(shown('k'))).toBe(false);
});

test('an overwritten blob of a bucket without versions is not kept', () => {
  const bucket = aBucket({ versioned: false, notifies: false });
  const { blob } = put(bucket, 'k', 'old');
  put(bucket, 'k', 'new');

  expect(existsSync(bucket.blobs.path(blob!))).toBe(false);
  expect(readFileSync(shown('k'), 'utf8')).toBe('new');
});

test('an event that was noted and not handed over is handed over on the next start, once', () => {
  const settings = { versioned: true, notifies: true };
  put(aBucket(settings), 'k', 'x');
  const events: PlatformEvent[] = [];

  aBucket(settings, (event) => events.push(event)).start();
  aBucket(settings, (event) => events.push(event)).start();

  expect(events).toMatchObject([{ detailType: 'Object Created', detail: { object: { key: 'k', size: 1 } } }]);
});

test('a long history is rewritten to what it leads to', () => {
  const bucket = aBucket({ versioned: false, notifies: true });
  const settings = { versioned: false, notifies: true };
  const blob = { size: 0, etag: 'e' };
  for (let i = 0; i < 11_000; i++) bucket.put(`k${i % 3}`, { ...blob, etag: `e${i}` }, origin);
  const before = statSync(logFile()).size;
  for (let i = 0; i < 2; i++) bucket.start();

  const compacted = aBucket(settings);
  const again = aBucket(settings);

  expect(statSync(logFile()).size).toBeLessThan(before / 100);
  expect(['k0', 'k1', 'k2'].map((key) => again.state.latest(key)?.etag)).toEqual(['e10998', 'e10999', 'e10997']);
  expect(again.state.lastSequencer).toBe(compacted.state.lastSequencer);
  expect(again.state.pending.size).toBe(0);
});

test('a log that cannot be written changes nothing', () => {
  const bucket = aBucket();
  put(bucket, 'a', 'one');
  const blob = bucket.blobs.write(Buffer.from('two'));
  open.splice(open.indexOf(bucket), 1);
  bucket.close();

  expect(() => bucket.put('a', { blob, size: 3, etag: 'x' }, origin)).toThrow();
  expect(read(bucket, 'a')).toBe('one');
  expect(readdirSync(incoming())).toEqual([]);
});

describe('the plain files', () => {
  /** What all plain files hold. */
  const shownContents = (): readonly string[] =>
    readdirSync(join(root, 'b'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .toSorted();

  const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

  /** Where the index says that keys lie. */
  const standIns = (): ReadonlyMap<string, string> =>
    new Map(
      textOf(join(root, '.data', 'b', 'names.jsonl'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .map(({ key, file }) => [key, file]),
    );

  test.each(['../out', 'a/../../out', '/etc/out', 'a//b', './a', 'a/.', 'trailing/', 'nul\0byte', 'x'.repeat(256), `${'d/'.repeat(500)}f`])(
    'show the key %j under a stand-in, and never leave the folder',
    (key) => {
      const bucket = aBucket();
      put(bucket, key, 'hostile');

      expect(read(bucket, key)).toBe('hostile');
      expect(existsSync(join(root, 'out'))).toBe(false);
      expect(readdirSync(root).toSorted()).toEqual(['.data', 'b']);
      expect(shownContents()).toEqual(['hostile']);
      expect(readFileSync(join(root, 'b', standIns().get(key) ?? key), 'utf8')).toBe('hostile');
      bucket.remove(key, undefined, origin);
      expect(shownContents()).toEqual([]);
    },
  );

  test('of a key that is also a folder stay as they were', () => {
    const bucket = aBucket();
    put(bucket, 'a', 'file');
    put(bucket, 'a/b', 'below a file');
    put(bucket, 'c/d', 'file');
    put(bucket, 'c', 'where a folder is');
    bucket.remove('c', undefined, origin);

    expect(readFileSync(shown('a'), 'utf8')).toBe('file');
    expect(readFileSync(shown('c/d'), 'utf8')).toBe('file');
    expect(read(bucket, 'a/b')).toBe('below a file');
  });

  test('of keys that stand in each other’s way are all there, and after a restart too', () => {
    const bucket = aBucket();
    put(bucket, 'a', '1');
    put(bucket, 'a/b', '2');
    put(bucket, 'a/c', '3');
    put(bucket, 'c/d', '4');
    put(bucket, 'c', '5');
    put(bucket, standIns().get('c') ?? '', '6');
    put(bucket, 'p/day=../part', '7');
    put(bucket, `p/name=${'ü'.repeat(200)}/part`, '8');
    put(bucket, `p/name=${'ü'.repeat(201)}/part`, '9');
    expect(shownContents()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);

    open.splice(open.indexOf(bucket), 1);
    bucket.close();
    const again = aBucket();
    put(again, 'a/b', 'new');
    again.remove('a', undefined, origin);
    put(again, 'a/c', 'too');

    expect(shownContents()).toEqual(['4', '5', '6', '7', '8', '9', 'new', 'too']);
    expect(readFileSync(shown('p/day=../part'), 'utf8')).toBe('7');
    for (const key of ['a/b', 'a/c', 'c', 'c/d']) again.remove(key, undefined, origin);
    expect(shownContents()).toEqual(['6', '7', '8', '9']);
  });

  test('of empty objects that mark folders are none', () => {
    put(aBucket(), 'folder/', '');

    expect(readdirSync(join(root, 'b'))).toEqual([]);
  });

  test('are other names of the blobs and cannot be written to', () => {
    const bucket = aBucket();
    const { blob } = put(bucket, 'k', 'x');

    expect(statSync(shown('k')).ino).toBe(statSync(bucket.blobs.path(blob!)).ino);
    expect(statSync(shown('k')).mode & 0o222).toBe(0);
  });

  test('replace a link that someone left in their place, without following it', () => {
    const bucket = aBucket();
    const outside = join(root, 'outside');
    writeFileSync(outside, 'untouched');
    symlinkSync(outside, shown('k'));

    put(bucket, 'k', 'inside');

    expect(readFileSync(outside, 'utf8')).toBe('untouched');
    expect(readFileSync(shown('k'), 'utf8')).toBe('inside');
    rmSync(outside);
  });
});

test('an entry log of many megabytes is read in pieces', () => {
  const file = join(root, 'big.jsonl');
  const log = new EntryLog<{ n: number; pad: string }>(file);
  for (let n = 0; n < 3000; n++) log.append({ n, pad: 'ü'.repeat(1000) });
  log.close();
  truncateSync(file, statSync(file).size - 1);

  const read: number[] = [];
  const again = new EntryLog<{ n: number }>(file);
  again.replay(({ n }) => read.push(n));
  again.close();

  expect(read).toEqual(Array.from({ length: 2999 }, (_, n) => n));
});
