import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { MIB } from '../../core/units';
import { atLeast, atMost, type Claim } from '../claims';
import { growth, sparkline } from './curve';
import { writeFlights } from './flights';
import { bundleSubjects, type Worked } from './measure';
import { type BenchOptions, type SectionResult, times } from './section';
import { type Worksite, worksiteOnS3 } from './worksite';

const CHUNK_BYTES = 64 * MIB;
const MOST_PEAK_BYTES = 512 * MIB;
const MANY_CHUNKS = 100;
/** What a curve may rise between its second tenth and its last one. */
const MOST_GROWTH = 1.1;

const PROGRAM = `import sys
for line in sys.stdin:
    sys.stdout.write('{"ok": ' + line.rstrip("\\n") + "}\\n")
`;
const FUNCTION = 'module.exports = { process: (record) => record };\n';

/** Each hands every record on, so that what is measured is the worker's own. */
function processors(folder: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const [program, module] = [path.join(folder, 'same.py'), path.join(folder, 'same.js')];
  writeFileSync(program, PROGRAM);
  writeFileSync(module, FUNCTION);
  return { sql: { sql: 'SELECT * FROM input' }, module: { module }, command: { command: ['python3', program] } };
}

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

/** Memory and overlap of each processor over the wire: chunks of the usual size, and a hundred smaller ones. */
export async function memorySection(options: BenchOptions): Promise<SectionResult> {
  const { folder, mb, note } = options;
  const file = path.join(folder, 'flights.csv');
  note(`writing ${mb} MB of flights`);
  await writeFlights(file, mb);
  await bundleSubjects(folder, ['one-task']);
  const site = await worksiteOnS3(folder, file);
  const claims: Claim[] = [];
  const details: Record<string, unknown> = {};
  try {
    for (const [name, process] of Object.entries(processors(folder))) {
      const result = await measureOne(name, process, { site, options });
      claims.push(...result.claims);
      details[name] = result.details;
    }
  } finally {
    await site.close();
  }
  return { claims, details };
}

interface Place {
  readonly site: Worksite;
  readonly options: BenchOptions;
}

async function measureOne(name: string, process: object, { site, options: { mb, note } }: Place): Promise<SectionResult> {
  const order = { spec: { input: { prefix: 'incoming/', format: 'csv' }, process, output: { format: 'jsonl', compression: 'gzip' } } };
  note(`${name}: chunks of ${inMib(CHUNK_BYTES)}`);
  const usual = await site.work({ ...order, chunkBytes: CHUNK_BYTES });
  note(`${name}: ${MANY_CHUNKS} chunks`);
  const many = await site.work({ ...order, chunkBytes: Math.ceil((mb * 1e6) / MANY_CHUNKS) });
  const stages = stageSeconds(usual);
  const sum = Object.values(stages).reduce((total, seconds) => total + seconds, 0);
  note(`${name}: memory over ${many.rss.length} chunks ${sparkline(many.rss)} ${inMib(Math.max(...many.rss))}`);
  return {
    claims: [
      atMost(`${name}: peak memory, chunks of 64 MiB`, usual.peakRssBytes, MOST_PEAK_BYTES, inMib),
      atMost(`${name}: memory over ${many.rss.length} chunks, last tenth to second`, growth(many.rss), MOST_GROWTH, times),
      atLeast(`${name}: seconds of all stages to seconds of the task`, sum / usual.seconds, 1, times),
    ],
    details: {
      taskSeconds: usual.seconds,
      stages,
      rssOfUsualChunks: usual.rss.map(inMib),
      curve: sparkline(many.rss),
      rssOverManyChunks: many.rss.map(inMib),
    },
  };
}

/** Seconds by stage over all chunks: more than the task took, where stages overlap. */
const stageSeconds = ({ markers }: Worked): Readonly<Record<string, number>> =>
  Object.fromEntries(
    ['fetch', 'process', 'upload'].map((stage) => [stage, markers.reduce((sum, { seconds }) => sum + (seconds[stage] ?? 0), 0)]),
  );
