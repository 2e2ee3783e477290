import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type RunOptions, withRun } from './a-run';

const jobsFolder = mkdtempSync(path.join(os.tmpdir(), 'lookups-test-'));
mkdirSync(path.join(jobsFolder, 'lookups'));
writeFileSync(path.join(jobsFolder, 'lookups', 'airports.csv'), 'iata,name,zip\nJFK,"New York, Kennedy",01234\nSFO,San Francisco,94128\n');
writeFileSync(path.join(jobsFolder, 'lookups', 'twice.csv'), 'iata,name\nJFK,one\nJFK,two\n');
writeFileSync(path.join(jobsFolder, 'lookups', 'none.csv'), '');
afterAll(() => rmSync(jobsFolder, { recursive: true }));

const FLIGHTS = `origin,delay\n${Array.from({ length: 200 }, (_, i) => `${['JFK', 'SFO', 'XXX'][i % 3]},${i}\n`).join('')}`;
const JOIN = 'SELECT origin, delay, name FROM input LEFT JOIN airports ON iata = origin';

const aRun = (sql: string, lookups: Record<string, string>, more: Partial<RunOptions> = {}): RunOptions => ({
  files: [FLIGHTS],
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { sql, lookups }, output: { format: 'csv' } },
  jobsFolder,
  chunkBytes: 300,
  ...more,
});

async function parquet(rows: string): Promise<Buffer> {
  const file = path.join(jobsFolder, 'made.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return readFileSync(file);
}

test('a left join to a unique key gives every record once, over many chunks', async () => {
  await withRun(aRun(JOIN, { airports: 'lookups/airports.csv' }), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.chunks.length).toBeGreaterThan(3);
    expect(run.counts()).toEqual({ read: 200, written: 200, filtered: 0, quarantined: 0 });
    const rows = await run.rows('SELECT * FROM read_csv(FILES, types = {delay: BIGINT}) ORDER BY delay');
    expect(rows.map(({ delay }) => Number(delay))).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(rows.slice(0, 3).map(({ name }) => name)).toEqual(['New York, Kennedy', 'San Francisco', null]);
  });
});

test('an inner join filters records that have no match', async () => {
  await withRun(aRun(JOIN.replace('LEFT ', ''), { airports: 'lookups/airports.csv' }), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 200, written: 134, filtered: 66, quarantined: 0 });
  });
});

test('a join that multiplies records is refused', async () => {
  await withRun(aRun(JOIN, { airports: 'lookups/twice.csv' }), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(/made \d+ rows of \d+ records/);
  });
});

test('a key that is twice in a lookup is seen: records that it multiplies do not hide those that the join drops', async () => {
  // Of three records one finds two rows, one finds none, and the sum of the rows is that of the records.
  const options = aRun("SELECT origin, delay, name FROM input JOIN airports ON iata = origin WHERE delay::INT % 3 <> 2 OR origin = 'XXX'", {
    airports: 'lookups/twice.csv',
  });
  await withRun({ ...options, files: ['origin,delay\nJFK,0\nSFO,1\nXXX,2\nJFK,3\nSFO,4\n'], chunkBytes: undefined }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker()).toMatchObject({ counts: { read: 5, written: 2, filtered: 3, quarantined: 0, rows: 4 }, identity: 'observed' });
    expect(await run.rows('SELECT * FROM read_csv(FILES)')).toHaveLength(4);
  });
});

test('a lookup is typed as carefully as input: codes with leading zeros stay text', async () => {
  const sql = "SELECT (SELECT any_value(zip) FROM airports WHERE iata = 'JFK') AS zip FROM input";
  await withRun(aRun(sql, { airports: 'lookups/airports.csv' }), async (run) => {
    expect(await run.work()).toBe(0);

    expect((await run.rows('SELECT DISTINCT zip FROM read_csv(FILES, all_varchar = true)'))[0]).toEqual({ zip: '01234' });
  });
});

describe('lookups in S3', () => {
  test.each([
    ['csv', async () => 'iata,name\nJFK,Kennedy\n'],
    ['tsv', async () => 'iata\tname\nJFK\tKennedy\n'],
    ['jsonl', async () => '{"iata":"JFK","name":"Kennedy"}\n{"iata":"SFO"}\n'],
    ['parquet', () => parquet("SELECT 'JFK' AS iata, 'Kennedy' AS name")],
  ])('as %s are fetched once per task, in the version that the plan pinned', async (format, content) => {
    const options = aRun(JOIN, { airports: `s3://shared/lookups/airports.${format}` }, { lookups: { airports: await content() } });
    await withRun(options, async (run) => {
      run.shared.put('lookups/airports', 'iata,name\nJFK,overwritten since\n');
      const read = jest.spyOn(run.shared, 'read');

      expect(await run.work()).toBe(0);

      expect(read).toHaveBeenCalledTimes(1);
      const names = await run.rows('SELECT name, count(*)::INT AS n FROM read_csv(FILES) GROUP BY name ORDER BY n');
      expect(names).toEqual([
        { name: 'Kennedy', n: 67 },
        { name: null, n: 133 },
      ]);
    });
  });

  test('that are gone fail the run as a fault of the configuration', async () => {
    await withRun(aRun(JOIN, { airports: 's3://shared/a.csv' }, { lookups: { airports: 'iata,name\n' } }), async (run) => {
      run.shared.remove('lookups/airports', run.plan.lookups![0]!.versionId);

      expect(await run.work()).toBe(78);

      expect(run.complaints()[0]!.failure.message).toMatch(/the lookup airports is gone/);
    });
  });
});

test('a lookup without columns is refused by its name', async () => {
  await withRun(aRun(JOIN, { airports: 'lookups/none.csv' }), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toBe('the lookup airports has no columns');
  });
});

test('a query sees the lookup’s file and nothing beside it', async () => {
  const sql = `SELECT origin, (SELECT count(*) FROM read_csv('${path.join(jobsFolder, 'lookups', 'twice.csv')}')) AS n FROM input`;
  await withRun(aRun(sql, { airports: 'lookups/airports.csv' }), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(/read_csv\(\) is neither `input` nor a lookup/);
  });
});
