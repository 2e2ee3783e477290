import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { MIB } from '../../core/units';
import { atLeast, shown } from '../claims';
import { writeFlights } from './flights';
import { bundleSubjects, canPin, Measured, measure, onOneCore } from './measure';
import { type BenchOptions, inTurns, median, type SectionResult, times } from './section';
import { type Worksite, worksiteOnDisk, worksiteOnS3 } from './worksite';

/** The usual chunk. */
const CHUNK_BYTES = 64 * MIB;
const SUBJECTS = ['one-task', 'module/processor', 'module/usual-jsonl', 'module/usual-parquet'];

const INPUT_SCHEMA = JSON.parse(readFileSync('jobs/schemas/flights.schema.json', 'utf8'));
const text = { type: 'string' };
const whole = { type: 'integer' };
const OUTPUT_SCHEMA = {
  type: 'object',
  properties: { date: text, route: text, distance_km: whole, delay: whole, late: { type: 'boolean' }, origin: text, destination: text },
  required: ['date', 'route', 'distance_km', 'delay', 'late', 'origin', 'destination'],
};

interface Site {
  readonly options: BenchOptions;
  readonly file: string;
  readonly disk: Worksite;
  readonly s3: Worksite;
}

/** A TypeScript job against the same function in the usual ways: all on one core, ours without S3 and with a local one. */
export async function moduleSection(options: BenchOptions): Promise<SectionResult> {
  const { folder, mb } = options;
  const file = path.join(folder, 'flights.csv');
  options.note(`writing ${mb} MB of flights`);
  await writeFlights(file, mb);
  await bundleSubjects(folder, SUBJECTS);
  mkdirSync(path.join(folder, 'jobs'));
  renameSync(path.join(folder, 'module', 'processor.js'), path.join(folder, 'jobs', 'processor.js'));
  const disk = await worksiteOnDisk(folder, file);
  const s3 = await worksiteOnS3(folder, file);
  try {
    return await compare({ options, file, disk, s3 });
  } finally {
    await s3.close();
  }
}

/** Input typed and validated by the flights schema, and in Parquet the output as well; `bare` has neither, as the usual ways. */
function order({ folder }: BenchOptions, format: 'jsonl' | 'parquet', bare = false) {
  const output = format === 'parquet' && { output: OUTPUT_SCHEMA };
  return {
    spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { module: 'processor.ts' }, output: { format } },
    schemas: bare ? {} : { input: INPUT_SCHEMA, ...output },
    chunkBytes: CHUNK_BYTES,
    jobsFolder: path.join(folder, 'jobs'),
  };
}

function subjectsOf({ options, file, disk, s3 }: Site) {
  const { folder } = options;
  const usual = (program: readonly string[], target: string) => () =>
    measure(Measured, { command: onOneCore([...program, file, path.join(folder, target)]) });
  return {
    'ours, JSONL': () => disk.work(order(options, 'jsonl', true)),
    'ours, JSONL, with S3': () => s3.work(order(options, 'jsonl', true)),
    'ours, JSONL, typed and validated': () => disk.work(order(options, 'jsonl')),
    'csv-parse, JSONL': usual([process.execPath, path.join(folder, 'module', 'usual-jsonl.js')], 'usual.jsonl'),
    'csv.DictReader, JSONL': usual(['python3', path.join(__dirname, 'module', 'usual-jsonl.py')], 'usual-python.jsonl'),
    'ours, Parquet, typed and validated': () => disk.work(order(options, 'parquet')),
    'ours, Parquet, typed and validated, with S3': () => s3.work(order(options, 'parquet')),
    'csv-parse, hyparquet-writer': usual([process.execPath, path.join(folder, 'module', 'usual-parquet.js')], 'usual.parquet'),
  };
}

async function compare(site: Site): Promise<SectionResult> {
  const { options } = site;
  const subjects = subjectsOf(site);
  type Name = keyof typeof subjects;
  const measured = await inTurns<Name, Measured>(subjects, options);
  const medians = (of: (run: Measured) => number) =>
    Object.fromEntries(Object.entries(measured).map(([name, runs]) => [name, median(runs.map(of))])) as Record<Name, number>;
  const [seconds, cpuSeconds] = [medians((run) => run.seconds), medians((run) => run.cpuSeconds)];
  const ratio = (ours: Name, theirs: Name) =>
    [`TypeScript ${ours.replace('ours, ', '')}: speed of ${theirs}`, seconds[theirs] / seconds[ours]] as const;
  return {
    claims: [
      atLeast(...ratio('ours, JSONL', 'csv-parse, JSONL'), 4, times),
      shown(...ratio('ours, JSONL, with S3', 'csv-parse, JSONL'), times),
      atLeast(...ratio('ours, JSONL, typed and validated', 'csv-parse, JSONL'), 4, times),
      atLeast(...ratio('ours, JSONL', 'csv.DictReader, JSONL'), 3, times),
      shown(...ratio('ours, JSONL, with S3', 'csv.DictReader, JSONL'), times),
      atLeast(...ratio('ours, JSONL, typed and validated', 'csv.DictReader, JSONL'), 3, times),
      atLeast(...ratio('ours, Parquet, typed and validated', 'csv-parse, hyparquet-writer'), 3, times),
      shown(...ratio('ours, Parquet, typed and validated, with S3', 'csv-parse, hyparquet-writer'), times),
    ],
    details: {
      pinned: canPin,
      seconds,
      cpuSeconds,
      mbPerSecond: Object.fromEntries(Object.entries(seconds).map(([name, spent]) => [name, Math.round((10 * options.mb) / spent) / 10])),
      measured,
    },
  };
}
