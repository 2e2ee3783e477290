import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { PlannedObject } from '../../core/contracts';
import { Fault } from '../../core/fault';
import { MAX_RAW_BYTES, Quarantine } from '../../worker/quarantine';
import { withRun } from './a-run';

const OBJECT: PlannedObject = { bucket: 'b', key: 'k', versionId: 'v', bytes: 1, etag: 'e' };
const BAD = new Fault('TYPE', 'bad');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'quarantine-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const aQuarantine = (limit = Number.POSITIVE_INFINITY) => new Quarantine({ attempt: 2, folder, limit });
const entriesOf = (quarantine: Quarantine) =>
  gunzipSync(quarantine.body())
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const entryOf = (raw: Buffer) => {
  const quarantine = aQuarantine();
  quarantine.add({ object: OBJECT, offset: 7, record: 3, fault: BAD, raw });
  return entriesOf(quarantine)[0];
};

test('an entry says where its record is, what is wrong with it, and all of it', () => {
  expect(entryOf(Buffer.from('1,ü\n2'))).toEqual({
    schema: 'quarantine.v1',
    bucket: 'b',
    key: 'k',
    versionId: 'v',
    offset: 7,
    record: 3,
    class: 'TYPE',
    reason: 'bad',
    raw: '1,ü\n2',
    rawBytes: 6,
    attempt: 2,
  });
});

test('whatever its bytes, a record is kept byte for byte', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const { raw, rawBase64, rawBytes, truncated } = entryOf(Buffer.from(bytes));

        expect(raw === undefined ? Buffer.from(rawBase64, 'base64') : Buffer.from(raw)).toEqual(Buffer.from(bytes));
        expect([rawBytes, truncated]).toEqual([bytes.length, undefined]);
      },
    ),
  );
});

test.each([
  ['x', MAX_RAW_BYTES, undefined, MAX_RAW_BYTES],
  ['x', MAX_RAW_BYTES + 1, true, MAX_RAW_BYTES],
  ['é', MAX_RAW_BYTES / 2 + 1, true, MAX_RAW_BYTES],
  ['€', MAX_RAW_BYTES, true, MAX_RAW_BYTES - 1],
  ['😀', MAX_RAW_BYTES, true, MAX_RAW_BYTES],
])('of a long record (%s, %i times) the beginning is kept, whole characters of it', (character, times, truncated, kept) => {
  const raw = Buffer.from(character.repeat(times));
  const entry = entryOf(raw);

  expect([entry.rawBytes, entry.truncated]).toEqual([raw.length, truncated]);
  expect(Buffer.from(entry.raw).equals(raw.subarray(0, kept))).toBe(true);
});

test('a long record that is not text is cut and in base64', () => {
  const raw = Buffer.alloc(MAX_RAW_BYTES + 5, 0xff);
  const entry = entryOf(raw);

  expect([entry.rawBytes, entry.truncated, entry.raw]).toEqual([raw.length, true, undefined]);
  expect(Buffer.from(entry.rawBase64, 'base64').equals(raw.subarray(0, MAX_RAW_BYTES))).toBe(true);
});

test('a quarantine that is too large for memory lies on the disk and reads back whole', () => {
  const quarantine = aQuarantine();
  const random = Buffer.alloc(30_000);
  for (let i = 0, state = 1; i < random.length; i += 1) {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
    random[i] = state;
  }
  for (let record = 0; record < 400; record += 1) {
    random.writeUInt32LE(record);
    quarantine.add({ object: OBJECT, offset: record * 10, record, fault: BAD, raw: Buffer.from(random) });
  }

  expect(quarantine.files.map((file) => existsSync(file))).toEqual([true]);
  const entries = entriesOf(quarantine);
  expect(entries.map(({ record }) => record)).toEqual(Array.from({ length: 400 }, (_, record) => record));
  expect(Buffer.from(entries[399].rawBase64, 'base64').readUInt32LE()).toBe(399);
});

test('it counts its records by class, and tells the most frequent reasons', () => {
  const quarantine = aQuarantine();
  const add = (fault: Fault, times: number) => {
    for (let record = 0; record < times; record += 1) quarantine.add({ object: OBJECT, offset: 0, record, fault, raw: Buffer.alloc(0) });
  };
  for (let i = 0; i < 300; i += 1) add(new Fault('PARSE', `value ${i}`), 1);
  add(new Fault('SKIPPED', 'no id'), 3);
  add(new Fault('TYPE', 'r'.repeat(1000)), 2);

  expect(quarantine.summary).toMatchObject({ records: 305, classes: { PARSE: 300, SKIPPED: 3, TYPE: 2 } });
  expect(quarantine.summary.reasons).toHaveLength(5);
  expect(quarantine.summary.reasons?.[0]).toEqual({ class: 'PARSE', reason: 'value 0', records: 1 });
});

describe('a skip limit', () => {
  const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
  const options = (file: string, skipLimit: number | string, process: object, quotedNewlines = false) => ({
    files: [file],
    spec: { input: { prefix: 'in/', format: 'csv', csv: { quotedNewlines } }, process, errors: { skipLimit } },
    schemas: { input: SCHEMA },
    chunkBytes: 2000,
  });
  const bad = `n\n${'x\n'.repeat(5000)}`;

  test.each([
    ['SQL', { sql: 'FROM input' }],
    ['a command', { command: ['cat'] }],
  ])('that a chunk of %s alone exceeds stops the task at once, for good, and keeps what it has seen', async (_name, process) => {
    await withRun(options(bad, 150, process), async (run) => {
      expect(await run.work()).toBe(65);

      const [complaint, ...others] = run.complaints();
      expect(others).toEqual([]);
      expect(run.markers()).toEqual([]);
      expect(complaint?.failure).toMatchObject({ class: 'DATA', final: true, hint: expect.stringContaining('errors.skipLimit') });
      expect(complaint?.failure.message).toMatch(/^one chunk has more than 150 bad records, .* allows: 151 TYPE, first: /);
      const [key = ''] = run.state.keys().filter((one) => one.includes('/quarantine/'));
      const entries = gunzipSync(await run.state.read(key))
        .toString()
        .trim()
        .split('\n');
      expect(entries).toHaveLength(151);
    });
  });

  test('exceeded by a few records stops nothing before the end, so that all of them can be seen', async () => {
    await withRun(options('n\n1\nx\ny\n', 0, { sql: 'FROM input' }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker().quarantine).toMatchObject({ records: 2, classes: { TYPE: 2 }, checksum: { algorithm: 'CRC32' } });
    });
  });

  test('as a share stops a chunk that has more bad records than the whole run may have', async () => {
    await withRun(options(bad, '1%', { sql: 'FROM input' }), async (run) => {
      expect(await run.work()).toBe(65);

      expect(run.complaints()).toHaveLength(1);
    });
  });

  test('stops no chunk that only guessed where it begins', async () => {
    const file = `n\n${'2\n'.repeat(2000)}${'x\n'.repeat(300)}`;
    await withRun(options(file, 10, { sql: 'FROM input' }, true), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toMatchObject({ quarantined: 300 });
    });
  });
});
