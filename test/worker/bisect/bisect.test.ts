import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { MIB } from '../../../core/units';
import { type AvroSchema, avroFile } from '../../support/avro';
import { type Driven, type DriveOptions, driveFiles } from '../../support/real-worker';
import { aConfig, aSpec } from '../../support/records';
import { aWorld } from '../../support/world';

/** Throws at records that are poisoned, and says so only when the worker may. */
const POISON = "module.exports = { process(record) { if (record.poison) throw new Error('poisoned'); return { n: record.n }; } };";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bisect-'));
  writeFileSync(path.join(folder, 'poison.js'), POISON);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Setting {
  readonly format?: string;
  readonly errors?: Record<string, unknown>;
  readonly chunkBytes?: number;
}

function run(
  files: readonly (string | Buffer)[],
  { format = 'jsonl', errors, chunkBytes = 64 * MIB }: Setting,
  options: DriveOptions = {},
): Promise<Driven> {
  const spec = aSpec({
    input: { prefix: 'incoming/orders/', format },
    process: { module: 'poison.ts' },
    output: { format: 'jsonl' },
    chunk: { bytes: chunkBytes },
    errors: { skipLimit: 10, ...errors },
  });
  return driveFiles(aWorld(aConfig(spec)), 'orders', files, { jobsFolder: folder, ...options });
}

const lines = (count: number, poisoned: ReadonlySet<number>): string =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, ...(poisoned.has(n) && { poison: true }) })}\n`).join('');

const numbersIn = (driven: Driven): number[] =>
  driven.parts.flatMap((part) =>
    part
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Number(JSON.parse(line).n)),
  );

/** Everything but the poisoned is published, in order, and they are set aside with their bytes. */
function expectIsolated(driven: Driven, count: number, poisoned: ReadonlySet<number>): void {
  expect(driven.report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: count, written: count - poisoned.size, quarantined: poisoned.size },
    reconciliation: { verdict: 'BALANCED' },
  });
  expect(numbersIn(driven)).toEqual(Array.from({ length: count }, (_, n) => n).filter((n) => !poisoned.has(n)));
  expect(driven.quarantined.map(({ raw }) => Number(JSON.parse(raw).n))).toEqual([...poisoned].toSorted((a, b) => a - b));
}

jest.setTimeout(120_000);

describe('a worker that names the record', () => {
  test('needs one round more: the record is set aside, the rest is done', async () => {
    const driven = await run([lines(1000, new Set([417]))], {});

    expectIsolated(driven, 1000, new Set([417]));
    expect(driven.report.rounds).toHaveLength(3);
    expect(driven.report.chunks).toMatchObject({ planned: 1, bisected: 1 });
    expect(driven.quarantined).toMatchObject([{ class: 'CODE', reason: expect.stringContaining('poisoned'), offset: expect.any(Number) }]);
    expect(driven.report.rounds.map(({ because }) => because?.[0]?.class)).toEqual([undefined, 'CODE', 'CODE']);
  });

  test.each([0, 999])('at the edge of a chunk too: record %s', async (n) => {
    expectIsolated(await run([lines(1000, new Set([n]))], {}), 1000, new Set([n]));
  });
});

describe('a worker that dies', () => {
  const dies = { dies: true };

  test('of one of 64 MiB of records: it is found in as many rounds as there are digits', async () => {
    const padding = 'x'.repeat(1000);
    const count = 62_000;
    const text = Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, padding, ...(n === 41_234 && { poison: true }) })}\n`).join(
      '',
    );
    expect(text.length).toBeGreaterThan(60 * MIB);

    const driven = await run([text], {}, dies);

    expectIsolated(driven, count, new Set([41_234]));
    // Twice whole, then eight pieces of eight pieces down to one record, and that once more.
    expect(driven.report.rounds.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log(count) / Math.log(8)) + 1);
    expect(driven.quarantined).toMatchObject([{ class: 'CODE' }]);
  });

  test('of three records', async () => {
    const poisoned = new Set([3, 500, 501]);
    const driven = await run([lines(1000, poisoned)], {}, dies);

    expectIsolated(driven, 1000, poisoned);
    expect(driven.report.rounds.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(1000)));
  });

  test('of every record ends soon: it cannot be published, or the fault is everywhere', async () => {
    const all = lines(1000, new Set(Array.from({ length: 1000 }, (_, n) => n)));

    const limited = await run([all], { errors: { skipLimit: '0.1%' } }, dies);
    expect(limited.report).toMatchObject({ status: 'FAILED', failure: { class: 'CODE' } });
    expect(limited.report.rounds.length).toBeLessThanOrEqual(3);

    const patient = await run([all], { errors: { skipLimit: '100%' } }, dies);
    expect(patient.report).toMatchObject({
      status: 'FAILED',
      failure: { class: 'CODE', message: expect.stringContaining('errors.systemic allows 20%') },
    });
    expect(patient.report.rounds.length).toBeLessThanOrEqual(4);
    expect(patient.parts).toEqual([]);
  });

  test('of a record that the spec does not let it look for', async () => {
    const driven = await run([lines(100, new Set([7]))], { errors: { bisect: false } }, dies);

    expect(driven.report).toMatchObject({
      status: 'FAILED',
      failure: { class: 'CODE', message: expect.stringContaining('failed 2 times with CODE') },
    });
    expect(driven.report.rounds).toHaveLength(2);
  });

  test('of records of which several may be set aside together', async () => {
    const driven = await run([lines(1000, new Set([500]))], { errors: { bisect: { maxRecords: 100 }, skipLimit: 100 } }, dies);

    expect(driven.report).toMatchObject({ status: 'SUCCEEDED', records: { read: 1000, quarantined: expect.any(Number) } });
    expect(driven.report.records.quarantined).toBeLessThanOrEqual(100);
    expect(driven.quarantined.map(({ raw }) => JSON.parse(raw).n)).toContain(500);
    expect(driven.report.rounds).toHaveLength(4 + 1);
  });

  test('in other chunks of its task did no harm to those that had not begun', async () => {
    const driven = await run([lines(400, new Set([10]))], { chunkBytes: 500 }, dies);

    expectIsolated(driven, 400, new Set([10]));
  });
});

describe('whatever the records are written as', () => {
  const COUNT = 300;
  const poisons = fc.uniqueArray(fc.nat({ max: COUNT - 1 }), { minLength: 1, maxLength: 3 }).map((found) => new Set(found));
  const csvOf = (poisoned: ReadonlySet<number>): string =>
    `n,poison,note\n${Array.from({ length: COUNT }, (_, n) => `${n},${poisoned.has(n) ? 'yes' : ''},"a\nb"\n`).join('')}`;

  const isolates = (
    files: (poisoned: ReadonlySet<number>) => Promise<readonly (string | Buffer)[]>,
    setting: Setting,
    rawOf: (raw: string) => number,
    dies: boolean,
  ) =>
    fc.assert(
      fc.asyncProperty(poisons, async (poisoned) => {
        const driven = await run(await files(poisoned), setting, { dies });

        expect(driven.report).toMatchObject({ status: 'SUCCEEDED', reconciliation: { verdict: 'BALANCED' }, records: { read: COUNT } });
        expect(numbersIn(driven)).toEqual(Array.from({ length: COUNT }, (_, n) => n).filter((n) => !poisoned.has(n)));
        expect(driven.quarantined.map(({ raw }) => rawOf(raw))).toEqual([...poisoned].toSorted((a, b) => a - b));
        expect(driven.report.chunks.committed).toBeGreaterThan(0);
      }),
      { numRuns: 3 },
    );

  const ofJson = (raw: string): number => Number(JSON.parse(raw).n);

  test.each([true, false])('CSV with line breaks in its fields, cut where records begin (the worker dies: %s)', async (dies) => {
    await isolates(
      async (poisoned) => [csvOf(poisoned)],
      // Three bad records may lie in three of these few chunks.
      { format: 'csv', chunkBytes: 700, errors: { systemic: '100%' } },
      (raw) => Number(raw.split(',')[0]),
      dies,
    );
  });

  test('compressed lines, cut by the numbers of their records', async () => {
    await isolates(async (poisoned) => [gzipSync(lines(COUNT, poisoned))], {}, ofJson, true);
  });

  test('Parquet, cut by rows', async () => {
    await isolates((poisoned) => parquetOf(poisoned), { format: 'parquet' }, ofJson, true);
  });

  test('Avro, cut by the numbers of its records', async () => {
    await isolates(async (poisoned) => [await avroOf(poisoned)], { format: 'avro' }, ofJson, true);
  });

  test('small files of one chunk, cut between and within them', async () => {
    const files = async (poisoned: ReadonlySet<number>) => {
      const all = lines(COUNT, poisoned).split('\n').slice(0, -1);
      return [0, 7, 7, 100].map((start, i, starts) =>
        all
          .slice(start, starts[i + 1] ?? COUNT)
          .map((line) => `${line}\n`)
          .join(''),
      );
    };

    await isolates(files, {}, ofJson, true);
  });

  async function parquetOf(poisoned: ReadonlySet<number>): Promise<readonly Buffer[]> {
    const file = path.join(folder, 'rows.parquet');
    const connection = await (await DuckDBInstance.create()).connect();
    const list = [...poisoned].join(', ');
    await connection.run(
      `COPY (SELECT range AS n, CASE WHEN range IN (${list}) THEN true END AS poison FROM range(${COUNT})) TO '${file}' (FORMAT parquet)`,
    );
    connection.closeSync();
    return [readFileSync(file)];
  }

  async function avroOf(poisoned: ReadonlySet<number>): Promise<Buffer> {
    const fields = [
      { name: 'n', type: 'int' },
      { name: 'poison', type: ['null', 'boolean'] },
    ];
    const rows = Array.from({ length: COUNT }, (_, n) => ({ n, poison: poisoned.has(n) ? true : null }));
    const schema = { type: 'record', name: 'r', fields } as AvroSchema;
    return (await avroFile(schema, [rows.slice(0, 100), rows.slice(100)])).file;
  }
});
