import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Engine } from '../../worker/engine';
import { withRun } from './a-run';

const outside = mkdtempSync(path.join(os.tmpdir(), 'outside-'));
const secret = path.join(outside, 'secret.csv');
writeFileSync(secret, 'password\nhunter2\n');
afterAll(() => rmSync(outside, { recursive: true }));

const run = (sql: string, check: (failure: { class: string; message: string }) => void) =>
  withRun(
    { files: ['a,b\n1,x\n2,y\n'], spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { sql }, output: { format: 'csv' } } },
    async (aRun) => {
      expect(await aRun.work()).toBe(78);

      expect(aRun.markers()).toEqual([]);
      check(aRun.complaints()[0]!.failure);
      expect(JSON.stringify([aRun.complaints(), aRun.logged])).not.toContain('hunter2');
    },
  );

const READING = [
  "SELECT a, (SELECT any_value(password) FROM read_csv('SECRET')) FROM input",
  "SELECT a, (SELECT any_value(content) FROM read_text('SECRET')) FROM input",
  "SELECT a, (SELECT any_value(content) FROM read_blob('/proc/self/environ')) FROM input",
  "SELECT a, (SELECT count(*) FROM glob('FOLDER/*')) FROM input",
  "SELECT a, (SELECT any_value(delimiter) FROM sniff_csv('SECRET')) FROM input",
  "SELECT a, (SELECT count(*) FROM parquet_metadata('SECRET')) FROM input",
  "SELECT a, (SELECT count(*) FROM 'SECRET') FROM input",
  "SELECT a, (SELECT count(*) FROM 'https://example.com/a.csv') FROM input",
  "SELECT a, (SELECT count(*) FROM 's3://bucket/a.parquet') FROM input",
  "SELECT a, getenv('PATH') FROM input",
  "SELECT a, (SELECT count(*) FROM read_duckdb('FOLDER/a.db')) FROM input",
  "FROM query('FROM read_csv(''SECRET'')')",
].map((sql) => sql.replaceAll('SECRET', secret).replaceAll('FOLDER', outside));

describe('a query reads nothing but what it is given', () => {
  test.each(READING)('it is refused by what it names: %s', async (sql) => {
    await run(sql, ({ class: cause, message }) => {
      expect(cause).toBe('CONFIG');
      expect(message).toMatch(/is neither `input` nor a lookup of the spec|is not one of DuckDB/);
    });
  });

  test.each(READING)('and if it were not, the engine would not do it: %s', async (sql) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sandbox-'));
    const engine = await Engine.open(folder, { vcpu: 1, memoryMiB: 1024 });
    await engine.run("CREATE VIEW input AS SELECT 'x' AS a");

    await expect(engine.rows(sql)).rejects.toThrow(/disabled by configuration|does not exist/);
    engine.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a query changes nothing', () => {
  test.each([
    ["COPY input TO 'FOLDER/out.csv'"],
    ["ATTACH 'FOLDER/a.db'"],
    ["EXPORT DATABASE 'FOLDER/out'"],
    ['INSTALL httpfs'],
    ['LOAD httpfs'],
    ["LOAD 'FOLDER/x.duckdb_extension'"],
    ['SET enable_external_access = true'],
    ["SET memory_limit = '100GB'"],
    ['SET GLOBAL threads = 64'],
    ['RESET lock_configuration'],
    ['PRAGMA disable_profiling'],
    ['CREATE TABLE t AS FROM input'],
    ['CREATE SECRET (TYPE s3)'],
    ['DROP VIEW input'],
    ['CALL force_checkpoint()'],
    ['EXPLAIN ANALYZE FROM input'],
    ["FROM input) TO 'FOLDER/out.csv' (FORMAT csv); --"],
    ["FROM query('SET threads = 4')"],
  ])('%s', async (sql) => {
    await run(sql.replaceAll('FOLDER', outside), (failure) => expect(failure.class).toBe('CONFIG'));

    expect(existsSync(path.join(outside, 'out.csv')) || existsSync(path.join(outside, 'a.db'))).toBe(false);
  });
});

test('the engine keeps to the task’s cores and memory, spills no more than the disk holds, and says so to nobody', async () => {
  const engine = await Engine.open(outside, { vcpu: 2, memoryMiB: 4096 });
  const setting = async (name: string): Promise<string> =>
    String((await engine.rows(`SELECT current_setting('${name}') AS value`))[0]?.value);

  expect(await setting('threads')).toBe('2');
  expect(await setting('memory_limit')).toBe('2.3 GiB');
  expect(await setting('temp_directory')).toBe(path.join(outside, 'spill'));
  expect(await setting('max_temp_directory_size')).toMatch(/iB$/);
  expect(await setting('autoload_known_extensions')).toBe('false');
  expect(await setting('autoinstall_known_extensions')).toBe('false');
  expect(await setting('lock_configuration')).toBe('true');
  engine.close();
});
