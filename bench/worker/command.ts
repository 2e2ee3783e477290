import { rmSync } from 'node:fs';
import path from 'node:path';
import { MIB } from '../../core/units';
import { atLeast, type Claim } from '../claims';
import { writeFlights } from './flights';
import { bundleSubjects, canPin, Measured, measure, onOneCore, type Worked } from './measure';
import { type BenchOptions, inTurns, median, type SectionResult, times } from './section';
import { type Worksite, worksiteOnDisk, worksiteOnS3 } from './worksite';

/** The usual chunk. */
const CHUNK_BYTES = 64 * MIB;
const PROGRAMS = path.join(__dirname, 'command');

/** Programs that do the usual work, and two that do next to none, which show what is left for us. */
const CHILDREN = {
  'Python, json': ['python3', path.join(PROGRAMS, 'score.py')],
  'Node, JSON': ['node', path.join(PROGRAMS, 'score.js')],
  'Python, wrap': ['python3', path.join(PROGRAMS, 'wrap.py')],
  'sed, wrap': ['sed', 's/.*/{"ok":&}/'],
} as const;
type Child = keyof typeof CHILDREN;

/** On one core a program that does next to nothing shares it with ours, which reads and writes every record. */
const LEAST = 0.7;

interface Site {
  readonly options: BenchOptions;
  /** The lines that programs are given. */
  readonly lines: string;
  readonly disk: Worksite;
  readonly s3: Worksite;
}

/** Without a schema, because nobody checks what goes through the bare pipe. */
const orderOf = (command: readonly string[]) => ({
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { command }, output: { format: 'jsonl' } },
  chunkBytes: CHUNK_BYTES,
});

/** Flights through programs, against the same programs between two plain pipes; all on one core. */
export async function commandSection(options: BenchOptions): Promise<SectionResult> {
  const { folder, mb } = options;
  const file = path.join(folder, 'flights.csv');
  options.note(`writing ${mb} MB of flights`);
  await writeFlights(file, mb);
  await bundleSubjects(folder, ['one-task', 'bare-pipe']);
  const disk = await worksiteOnDisk(folder, file);
  const s3 = await worksiteOnS3(folder, file);
  try {
    return await compare({ options, lines: await linesOf(disk, folder), disk, s3 });
  } finally {
    await s3.close();
  }
}

/** A program keeps what the worker gives it. */
async function linesOf(disk: Worksite, folder: string): Promise<string> {
  const lines = path.join(folder, 'lines.jsonl');
  rmSync(lines, { force: true });
  await disk.work(orderOf(['sh', '-c', 'tee -a "$0" | sed \'s/.*/{"filter":true}/\'', lines]));
  return lines;
}

type Subject = `${'bare' | 'ours' | 'ours with S3'}: ${Child}`;

function subjectsOf({ options, lines, disk, s3 }: Site): Record<Subject, () => Promise<Measured>> {
  const bare = path.join(options.folder, 'bare-pipe.js');
  const children = Object.entries(CHILDREN) as [Child, readonly string[]][];
  const subjects = children.flatMap(([name, command]) => [
    [`bare: ${name}`, () => measure(Measured, { command: onOneCore([process.execPath, bare, lines, ...command]) })],
    [`ours: ${name}`, async () => withChild(await disk.work(orderOf(command)))],
    ...(name === 'Python, json' ? [[`ours with S3: ${name}`, async () => withChild(await s3.work(orderOf(command)))]] : []),
  ]);
  return Object.fromEntries(subjects);
}

/** Processor time of the worker and of the program. */
const withChild = (worked: Worked): Worked => ({
  ...worked,
  cpuSeconds: worked.markers.reduce((sum, { measures }) => sum + (measures?.childCpuSeconds ?? 0), worked.cpuSeconds),
});

async function compare(site: Site): Promise<SectionResult> {
  const { options } = site;
  const measured = await inTurns<Subject, Measured>(subjectsOf(site), options);
  const medians = (of: (run: Measured) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(measured).map(([name, runs]) => [name, median(runs.map(of))]));
  const [seconds, cpuSeconds] = [medians((run) => run.seconds), medians((run) => run.cpuSeconds)];
  const ratio = (of: Record<string, number>, ours: string, child: Child): number =>
    (of[`bare: ${child}`] ?? Number.NaN) / (of[`${ours}: ${child}`] ?? Number.NaN);
  const claim = (child: Child, ours = 'ours'): Claim =>
    atLeast(
      `command (${child})${ours === 'ours' ? '' : ', local S3 included'}: speed of the bare pipe`,
      ratio(seconds, ours, child),
      LEAST,
      times,
    );
  const all = Object.keys(CHILDREN) as Child[];
  return {
    claims: [...all.map((child) => claim(child)), claim('Python, json', 'ours with S3')],
    details: {
      pinned: canPin,
      ratios: Object.fromEntries(all.map((child) => [child, ratio(seconds, 'ours', child)])),
      cpuRatios: Object.fromEntries(all.map((child) => [child, ratio(cpuSeconds, 'ours', child)])),
      seconds,
      cpuSeconds,
      mbPerSecond: Object.fromEntries(Object.entries(seconds).map(([name, spent]) => [name, Math.round((10 * options.mb) / spent) / 10])),
    },
  };
}
