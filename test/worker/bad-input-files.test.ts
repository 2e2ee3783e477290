import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Case, PROCESSORS, verdictOf } from './bad-input';

/** Files that cannot be read as what they are; every processor says the same of them. */
jest.setTimeout(60_000);

let folder: string;
let parquet: Buffer;
let noRows: Buffer;
let notFinite: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bad-files-'));
  parquet = await made('SELECT range AS n, md5(range::VARCHAR) AS s FROM range(5000)');
  notFinite = await made("SELECT * FROM (VALUES (1, 1.5::DOUBLE), (2, 'NaN'::DOUBLE), (3, 'Infinity'::DOUBLE)) AS t (n, x)");
  noRows = await made('SELECT 1 AS n WHERE false');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function made(query: string): Promise<Buffer> {
  const file = path.join(folder, 'made.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  instance.closeSync();
  return readFileSync(file);
}

const INPUT = { format: 'parquet' };

interface FileCase {
  readonly given: () => Case;
  readonly code: number;
  readonly message?: RegExp;
}

const CASES: Readonly<Record<string, FileCase>> = {
  'a gzip file that is cut short': {
    given: () => ({ file: gzipSync('n\n1\n2\n').subarray(0, 20), planned: { compression: 'gzip', header: ['n'] } }),
    code: 65,
    message: /^incoming\/file-0 cannot be expanded as gzip/,
  },
  'a gzip file with a flipped bit': {
    given: () => {
      const file = gzipSync(`n\n${'1\n'.repeat(50_000)}`);
      file.writeUInt8(file.readUInt8(60) ^ 8, 60);
      return { file, planned: { compression: 'gzip', header: ['n'] } };
    },
    code: 65,
    message: /^incoming\/file-0 cannot be expanded as gzip/,
  },
  'a file that is made to burst': {
    given: () => ({ file: gzipSync(`n\n${'1'.repeat(50 * 1024 * 1024)}`), planned: { compression: 'gzip', header: ['n'] } }),
    code: 65,
    message: /over 200 times its size, which is what input.maxExpansionRatio allows/,
  },
  'a Parquet file that is cut short': {
    given: () => ({ file: parquet.subarray(0, parquet.length - 100), input: INPUT }),
    code: 65,
    message: /^incoming\/file-0: .*parquet/i,
  },
  'a Parquet file with other bytes in its middle': {
    given: () => ({ file: Buffer.concat([parquet.subarray(0, 2000), Buffer.alloc(20_000, 7), parquet.subarray(22_000)]), input: INPUT }),
    code: 65,
    message: /ZSTD Decompression failure/,
  },
  'a file that is no Parquet': { given: () => ({ file: 'n\n1\n2\n3\n4\n', input: INPUT }), code: 65, message: /parquet/i },
  'a Parquet file without rows': { given: () => ({ file: noRows, input: INPUT }), code: 0 },
};

describe.each(Object.keys(PROCESSORS))('%s', (processor) => {
  test.each(Object.keys(CASES))('%s', async (name) => {
    const { given, code, message } = CASES[name] as FileCase;

    const verdict = await verdictOf(given(), processor);

    expect({ code: verdict.code, rows: verdict.rows, bad: verdict.bad }).toEqual({ code, rows: [], bad: [] });
    if (!message) return expect(verdict.failure).toBeUndefined();
    expect(verdict.failure).toMatchObject({ class: 'DATA', message: expect.stringMatching(message) });
    expect(verdict.failure?.hint).toMatch(/\w+ \w+/);
  });
});

test.each(['module', 'command'])('numbers in Parquet that JSON has not are set aside before a %s sees them', async (processor) => {
  const { rows, bad } = await verdictOf({ file: notFinite, input: INPUT }, processor);

  expect(rows).toEqual([{ n: 1, x: 1.5 }]);
  expect(bad.map(({ record, class: faultClass }) => [record, faultClass])).toEqual([
    [1, 'PARSE'],
    [2, 'PARSE'],
  ]);
});
