import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { UsageError } from './errors';

/** Real data of the npm package vega-datasets, for the example jobs. */
const DATA = join(__dirname, '../node_modules/vega-datasets/data');

const SAMPLES: Readonly<Record<string, (stateDir: string) => Promise<readonly string[]>>> = {
  flights: async (stateDir) => [await flightsCsv(join(stateDir, 'samples'))],
  birdstrikes: async () => [required(join(DATA, 'birdstrikes.csv'))],
  zipcodes: async () => [required(join(DATA, 'zipcodes.csv'))],
  thumbnails: async () => ['7zip.png', 'ffox.png', 'gimp.png'].map((name) => required(join(DATA, name))),
};

export const jobsWithSamples: readonly string[] = Object.keys(SAMPLES);

/** Files of real data for an example job; made at first use. */
export async function samplesFor(job: string, stateDir: string): Promise<readonly string[]> {
  const make = SAMPLES[job];
  if (!make) throw new UsageError(`no sample data for job "${job}": name files, or take one of ${jobsWithSamples.join(', ')}`);
  return make(stateDir);
}

function required(path: string): string {
  if (existsSync(path)) return path;
  throw new UsageError(`no sample data at ${path}: npm ci installs it with the development dependencies`);
}

/** Three million flights as CSV. Renamed when whole, so a kill never leaves half a sample. */
async function flightsCsv(folder: string): Promise<string> {
  const csv = join(folder, 'flights.csv');
  if (existsSync(csv)) return csv;
  const parquet = required(join(DATA, 'flights-3m.parquet'));
  mkdirSync(folder, { recursive: true });
  const unfinished = `${csv}.${process.pid}`;
  await runSql(`COPY (FROM read_parquet(${quote(parquet)})) TO ${quote(unfinished)} (FORMAT csv, HEADER)`);
  renameSync(unfinished, csv);
  return csv;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function runSql(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    // One thread and in order: the same bytes every time, so that the same file is the same run.
    await connection.run('SET threads = 1');
    await connection.run(sql);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}
