import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Chunk, Marker, type PendingPart } from '../../core/contracts';
import { chunksKey, manifestKey, markerKey, partKey, reportKey, roundKey, successKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { commit } from '../../lambda/commit';
import { report } from '../../lambda/report';
import { crc32Checksum } from '../support/memory-store';
import { start, workRound } from '../support/real-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

/**
 * Workers, markers and parts that are wrong in one way each. Every one of them must be caught by name, with nothing
 * published: a test here that fails says that the books would not have noticed.
 */

const JOB = 'orders';
const COUNT = 300;
const FILE = Array.from({ length: COUNT }, (_, n) => `${JSON.stringify({ n })}\n`).join('');
const VICTIM = '0000001';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'mutants-'));
  writeFileSync(path.join(folder, 'copy.js'), 'module.exports = { process: (record) => (record.n % 10 === 0 ? null : record) };');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Judged {
  readonly published: boolean;
  readonly report: Report;
  /** What readers of the output bucket would see. */
  readonly visible: readonly string[];
}

type Tamper = (world: World, runId: string) => void | Promise<void>;

/** A run whose work is done honestly and then tampered with, committed and reported. */
async function judge(tamper: Tamper, verify: 'standard' | 'deep' = 'standard'): Promise<Judged> {
  const spec = aSpec({
    input: { prefix: 'incoming/orders/', format: 'jsonl' },
    process: { module: 'copy.ts' },
    output: { format: 'jsonl' },
    chunk: { bytes: 1000 },
    verify,
  });
  const world = aWorld(aConfig(spec));
  const run = await start(world, JOB, [world.drop('requests/orders/a.jsonl', FILE)]);
  await workRound(world, run, 0, { jobsFolder: folder });
  await tamper(world, run.runId);
  const { published } = await commit(run, world.deps);
  await report({ ...run, execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' }, world.deps);
  return { published, report: JSON.parse(world.state.text(reportKey(run.runId))), visible: world.output.keys() };
}

const markerOf = (world: World, runId: string, chunk = VICTIM): Marker =>
  Marker.parse(JSON.parse(world.state.text(markerKey(runId, chunk))));

const putMarker = (world: World, marker: Marker): void =>
  void world.state.put(markerKey(marker.runId, marker.chunk), JSON.stringify(marker));

/** The victim's marker with one lie in it. */
const lie =
  (change: (marker: Marker) => Partial<Marker>): Tamper =>
  (world, runId) => {
    const marker = markerOf(world, runId);
    putMarker(world, { ...marker, ...change(marker) });
  };

const readLie = (change: (read: Marker['read'][number]) => Partial<Marker['read'][number]>): Tamper =>
  lie(({ read }) => ({ read: read.map((one) => ({ ...one, ...change(one) })) }));
const countLie = (change: (counts: Marker['counts']) => Partial<Marker['counts']>): Tamper =>
  lie(({ counts }) => ({ counts: { ...counts, ...change(counts) } }));
const partLie = (change: (part: PendingPart) => Partial<PendingPart>): Tamper =>
  lie(({ parts }) => ({ parts: parts.map((part) => ({ ...part, ...change(part) })) }));

/** What a chunk's honest part holds. */
function honestLines(chunk: number, bytes: number): string[] {
  const rows = FILE.split('\n').filter((line) => line !== '' && JSON.parse(line).n % 10 !== 0);
  return rows.slice(chunk, chunk + bytes);
}

/** A part in the place of another's, uploaded and summed as a worker does. */
async function uploaded(
  world: World,
  runId: string,
  { chunk, body, rows }: { chunk: string; body: Buffer; rows: number },
): Promise<PendingPart> {
  const key = partKey(JOB, runId, { chunk, extension: 'jsonl' });
  const uploadId = await world.uploads.begin(key, 'application/x-ndjson');
  const checksum = crc32Checksum(body);
  const piece = await world.uploads.uploadPiece({ key, uploadId, partNumber: 1, body, checksum: checksum.value });
  return { bucket: 'output', key, uploadId, pieces: [piece], bytes: body.length, rows, checksum };
}

/** The worker wrote a row less than it read records for; `says` is how many rows it claims. */
const dropARow =
  (says: (rows: number) => number, counts: (honest: Marker['counts']) => Marker['counts']): Tamper =>
  async (world, runId) => {
    const marker = markerOf(world, runId);
    const rows = marker.parts[0]?.rows ?? 0;
    const body = Buffer.from(
      honestLines(0, rows - 1)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const part = await uploaded(world, runId, { chunk: VICTIM, body, rows: says(rows) });
    putMarker(world, { ...marker, counts: counts(marker.counts), parts: [part], bytes: { ...marker.bytes, written: part.bytes } });
  };

/** Another array did the victim's range under a name of its own, and nobody says that one replaces the other. */
const doubleAChunk: Tamper = async (world, runId) => {
  const lines = world.state.text(chunksKey(runId, 0)).trim().split('\n');
  const chunk = Chunk.parse(JSON.parse(lines.find((line) => line.includes(VICTIM)) ?? ''));
  const twin = { ...chunk, id: `${VICTIM}.0` };
  const marker = markerOf(world, runId);
  const body = Buffer.from(
    honestLines(0, marker.counts.written)
      .map((line) => `${line}\n`)
      .join(''),
  );
  const part = await uploaded(world, runId, { chunk: twin.id, body, rows: marker.counts.written });
  world.state.put(chunksKey(runId, 1), `${JSON.stringify(twin)}\n`);
  world.state.put(roundKey(runId, 1), JSON.stringify({ schema: 'round.v1', round: 1, arrays: [], chunks: 1, tasks: 1, because: [] }));
  putMarker(world, { ...marker, chunk: twin.id, parts: [part], bytes: { ...marker.bytes, written: part.bytes } });
};

/** Somebody changes a part between its completion and the look at it. */
const damage =
  (body: (honest: Buffer) => Buffer, isNoticedByS3: boolean): Tamper =>
  (world) => {
    const complete = world.uploads.complete.bind(world.uploads);
    jest.spyOn(world.uploads, 'complete').mockImplementation(async (upload) => {
      await complete(upload);
      if (!upload.key.includes(VICTIM)) return;
      const head = await world.output.head(upload.key);
      const honest = await world.output.read(upload.key);
      world.output.remove(upload.key, head?.versionId ?? '');
      world.output.put(upload.key, body(honest), isNoticedByS3 ? {} : { checksum: head?.checksum ?? null });
    });
  };

/** One digit is another, so that the number of bytes and of rows stays the same. */
const flipped = (honest: Buffer): Buffer => {
  const body = Buffer.from(honest);
  const at = body.indexOf('1');
  body[at] = '2'.charCodeAt(0);
  return body;
};

test('an honest run is published, which is what makes the rest of this file mean something', async () => {
  for (const verify of ['standard', 'deep'] as const) {
    const { published, report: told } = await judge(() => undefined, verify);

    expect(published).toBe(true);
    expect(told).toMatchObject({
      status: 'SUCCEEDED',
      records: { read: 300, written: 270, filtered: 30 },
      reconciliation: { verdict: 'BALANCED' },
    });
  }
});

const fewer = (counts: Marker['counts']): Marker['counts'] => ({ ...counts, written: counts.written - 1 });
const same = (counts: Marker['counts']): Marker['counts'] => counts;
const OTHER_CRC = crc32Checksum(Buffer.from('something else'));

const MUTANTS: readonly (readonly [string, Tamper, RegExp])[] = [
  ['the worker drops a row and counts it', dropARow((rows) => rows, same), /delivered .*part-0000001\.jsonl: expected \d+ rows/],
  ['the worker drops a row and tells its part so', dropARow((rows) => rows - 1, same), /chunk 0000001: rows of its parts/],
  [
    'the worker drops a row and counts nothing',
    dropARow((rows) => rows - 1, fewer),
    /chunk 0000001: read = written \+ filtered \+ quarantined/,
  ],
  [
    'the worker drops a row and calls it filtered',
    dropARow(
      (rows) => rows,
      (counts) => ({ ...fewer(counts), filtered: counts.filtered + 1 }),
    ),
    /chunk 0000001: rows of its parts/,
  ],
  ['a chunk is there twice', doubleAChunk, /chunks cover requests\/orders\/a\.jsonl once: .*chunk 0000001\.0/],
  [
    'a chunk did the work of the one before it',
    (world, runId) => putMarker(world, { ...markerOf(world, runId, '0000000'), chunk: VICTIM }),
    /part-0000000\.jsonl is a part of one chunk: .*0000000 and 0000001/,
  ],
  ['a chunk was never done', (world, runId) => world.state.delete(markerKey(runId, VICTIM)), /chunk 0000001 is committed/],
  [
    'a marker is another chunk’s',
    (world, runId) =>
      void world.state.put(markerKey(runId, VICTIM), JSON.stringify({ ...markerOf(world, runId, '0000002'), writer: 'w2' })),
    /chunk 0000001 is committed/,
  ],
  [
    'a marker counts a record more as read',
    countLie(({ read }) => ({ read: read + 1 })),
    /chunk 0000001: records read were counted by the splitter/,
  ],
  ['a marker counts a record more as written', countLie(({ written }) => ({ written: written + 1 })), /chunk 0000001: read = written/],
  ['a marker counts a record less as written', countLie(({ written }) => ({ written: written - 1 })), /chunk 0000001: read = written/],
  ['a marker counts a record more as filtered', countLie(({ filtered }) => ({ filtered: filtered + 1 })), /chunk 0000001: read = written/],
  ['a marker counts a record as quarantined', countLie(({ written }) => ({ written: written - 1, quarantined: 1 })), /chunk 0000001: /],
  ['a marker claims rows that are not there', countLie(({ written }) => ({ rows: written + 5 })), /chunk 0000001: rows of its parts/],
  ['a range begins a byte late', readLie(({ start: from }) => ({ start: from + 1 })), /chunks cover .*: .*chunk 0000001 reads on/],
  ['a range begins a byte early', readLie(({ start: from }) => ({ start: from - 1 })), /chunks cover .*: .*chunk 0000001 reads on/],
  ['a range ends a byte early', readLie(({ end }) => ({ end: end - 1 })), /chunks cover .*: .*chunk 0000002 reads on/],
  ['a range is of another object', readLie(() => ({ object: 3 })), /chunk 0000001 read what it was given/],
  [
    'a range holds a record more',
    readLie(({ records }) => ({ records: records + 1 })),
    /chunk 0000001: records read were counted by the splitter/,
  ],
  [
    'a range is a window of itself',
    readLie(({ records }) => ({ window: [0, records], of: records })),
    /chunk 0000001 read what it was given/,
  ],
  ['a range was summed wrong', readLie(() => ({ checksum: OTHER_CRC })), /CRC32 of requests\/orders\/a\.jsonl/],
  ['a range was not summed', readLie(() => ({ checksum: undefined })), /CRC32 of requests\/orders\/a\.jsonl: .* none/],
  ['nothing was read at all', lie(() => ({ read: [] })), /chunk 0000001 read what it was given/],
  ['a part claims a row more', partLie(({ rows }) => ({ rows: rows + 1 })), /chunk 0000001: rows of its parts/],
  ['a part claims a byte more', partLie(({ bytes }) => ({ bytes: bytes + 1 })), /chunk 0000001: bytes of its parts/],
  ['a part claims another checksum', partLie(() => ({ checksum: OTHER_CRC })), /delivered .*part-0000001\.jsonl: .* no such object/],
  ['a part’s upload is another', partLie(() => ({ uploadId: 'upload-0' })), /delivered .*part-0000001\.jsonl: .* no such object/],
  ['a part is forgotten', lie(() => ({ parts: [], bytes: { read: 0, written: 0 } })), /chunk 0000001: rows of its parts/],
  ['a part is damaged after its upload', damage((honest) => Buffer.concat([honest, honest]), true), /delivered .*part-0000001\.jsonl/],
  ['a part is another of the same size', damage(flipped, true), /delivered .*part-0000001\.jsonl/],
  ['a part is cut short', damage((honest) => honest.subarray(0, honest.length - 9), true), /delivered .*part-0000001\.jsonl/],
];

test.each(MUTANTS)('%s: caught, by name, and nothing is published', async (_, tamper, name) => {
  const { published, report: told, visible } = await judge(tamper);

  expect(published).toBe(false);
  expect(visible).toEqual([]);
  expect(told).toMatchObject({ status: 'FAILED', reconciliation: { verdict: 'MISMATCH' } });
  expect(told.failure?.message).toMatch(name);
  expect(told.output).not.toHaveProperty('manifest');
});

describe('bytes that rot while the store keeps the old checksum', () => {
  const rot = damage(flipped, false);

  test('are caught where all of them are read again', async () => {
    const { published, report: told, visible } = await judge(rot, 'deep');

    expect(published).toBe(false);
    expect(visible).toEqual([]);
    expect(told.failure?.message).toMatch(/delivered .*part-0000001\.jsonl/);
  });

  test('are not where the checksum that S3 keeps is believed: that is what deep is for', async () => {
    const { published, visible } = await judge(rot);

    expect(published).toBe(true);
    expect(visible).toContain(visible.find((key) => key === successKey(JOB, key.split('/')[1] ?? '')));
    expect(visible.some((key) => key === manifestKey(JOB, key.split('/')[1] ?? ''))).toBe(true);
  });
});
