import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { JobConfig } from '../../core/contracts';
import { MIB } from '../../core/units';
import { atLeast, atMost, shown } from '../claims';
import { growth } from './curve';
import { writeFlights } from './flights';
import { bundleSubjects, canPin, Measured, measure, onOneCore, type Worked } from './measure';
import { type BenchOptions, inTurns, median, type SectionResult, times } from './section';
import { type Worksite, worksiteOnDisk, worksiteOnS3 } from './worksite';

/** The usual chunk. */
const CHUNK_BYTES = 64 * MIB;
/** Small enough that there are a hundred of them. */
const MANY_CHUNKS = 100;

const JOB = 'jobs/flights.yaml';
const SCHEMA = 'jobs/schemas/flights.schema.json';

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

interface Flights {
  readonly spec: Readonly<Record<string, unknown>> & { readonly process: { readonly sql: string }; readonly quality?: unknown };
  readonly schemas: JobConfig['schemas'];
}

/** The example job as it is deployed. */
function flightsJob(): Flights {
  const spec = parse(readFileSync(JOB, 'utf8')) as Flights['spec'];
  return { spec, schemas: { input: JSON.parse(readFileSync(SCHEMA, 'utf8')) } };
}

/** The job without the rules about its output, which no COPY evaluates. */
function withoutRules({ spec, ...job }: Flights): Flights {
  const { quality: _rules, ...rest } = spec;
  return { ...job, spec: rest };
}

const TYPES = "{'date': 'TIMESTAMP', 'delay': 'BIGINT', 'distance': 'BIGINT', 'origin': 'VARCHAR', 'destination': 'VARCHAR'}";

/** The same SELECT over the same bytes in one call, with DuckDB's own way of passing over bad records. */
function bareCommand(folder: string, file: string, { spec }: Flights): readonly string[] {
  const view = `CREATE VIEW input AS FROM read_csv('${file}', columns = ${TYPES}, header = true, ignore_errors = true)`;
  const copy = `COPY (${spec.process.sql}\n) TO '${path.join(folder, 'bare.parquet')}' (FORMAT parquet, COMPRESSION zstd)`;
  return [process.execPath, path.join(folder, 'bare-duckdb.js'), view, copy];
}

/** The flights job against one bare COPY of DuckDB: both on one core, without S3 and with a local one. */
export async function sqlSection(options: BenchOptions): Promise<SectionResult> {
  const { folder, mb } = options;
  const file = path.join(folder, 'flights.csv');
  options.note(`writing ${mb} MB of flights`);
  await writeFlights(file, mb);
  await bundleSubjects(folder, ['one-task', 'bare-duckdb']);
  const disk = await worksiteOnDisk(folder, file);
  const s3 = await worksiteOnS3(folder, file);
  try {
    return await compare({ disk, s3, file }, options);
  } finally {
    await s3.close();
  }
}

interface Sites {
  readonly disk: Worksite;
  readonly s3: Worksite;
  readonly file: string;
}

async function compare({ disk, s3, file }: Sites, options: BenchOptions): Promise<SectionResult> {
  const job = flightsJob();
  const withRules = { ...job, chunkBytes: CHUNK_BYTES };
  const order = { ...withRules, ...withoutRules(job) };
  const bare = () => measure(Measured, { command: onOneCore(bareCommand(options.folder, file, job)) });
  const subjects = {
    bare,
    'without S3': () => disk.work(order),
    'with S3': () => s3.work(order),
    'without S3, with quality rules': () => disk.work(withRules),
  };
  const measured = await inTurns<keyof typeof subjects, Measured>(subjects, options);
  const seconds = medians(measured, (run) => run.seconds);
  const cpuSeconds = medians(measured, (run) => run.cpuSeconds);
  const many = await disk.work({ ...job, chunkBytes: Math.ceil((options.mb * 1e6) / MANY_CHUNKS) });
  const usual = measured['without S3'] as readonly Worked[];
  return {
    claims: [
      atLeast('SQL, S3 excluded: speed of one bare COPY', ratio(seconds, 'without S3'), 0.85, times),
      shown('SQL, local S3 included: speed of one bare COPY', ratio(seconds, 'with S3'), times),
      shown('SQL, S3 excluded, and its quality rules evaluated', ratio(seconds, 'without S3, with quality rules'), times),
      atMost('peak memory with chunks of 64 MiB', Math.max(...usual.map(({ peakRssBytes }) => peakRssBytes)), 512 * MIB, inMib),
      atMost(`memory over ${many.rss.length} chunks: last tenth to second tenth`, growth(many.rss), 1.1, times),
    ],
    details: {
      pinned: canPin,
      seconds,
      cpuSeconds,
      mbPerSecond: speeds(seconds, options.mb),
      measured,
      rssOverManyChunks: many.rss.map(inMib),
    },
  };
}

const medians = (
  measured: Readonly<Record<string, readonly Measured[]>>,
  of: (run: Measured) => number,
): Readonly<Record<string, number>> => Object.fromEntries(Object.entries(measured).map(([name, runs]) => [name, median(runs.map(of))]));

const ratio = (seconds: Readonly<Record<string, number>>, name: string): number =>
  (seconds.bare ?? Number.NaN) / (seconds[name] ?? Number.NaN);

const speeds = (seconds: Readonly<Record<string, number>>, mb: number) =>
  Object.fromEntries(Object.entries(seconds).map(([name, spent]) => [name, Math.round((10 * mb) / spent) / 10]));
