import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const JOBS_DIR = path.join(__dirname, 'jobs');
/** What processors import, by its place beside the jobs, and wherever their copy lies. */
const PROCESSOR = '../../../../worker/processor';
const PROCESSOR_FILE = path.join(__dirname, '..', '..', 'worker', 'processor');

type Change = readonly [from: string, to: string];

/** What people deploy between two drives. */
export const CHANGES = {
  /** The jobs as they are. */
  first: [],
  /** Parts of another kind: no run may be redriven under them. */
  other: [
    ['output: { format: parquet }', 'output: { format: parquet, compression: gzip }'],
    ['output: { format: jsonl }', 'output: { format: jsonl, compression: gzip }'],
    ['output: { format: jsonl, compression: gzip }', 'output: { format: jsonl, compression: zstd }'],
  ],
  /** Bad records may be skipped, tasks are larger, and the processor that complains at length is mended. */
  mended: [
    ['skipLimit: 5%', 'skipLimit: 10%'],
    ['skipLimit: 0 ', 'skipLimit: 5% '],
    ['memory: 1GiB', 'memory: 2GiB'],
    ['processors/loud.ts', 'processors/twice.ts'],
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>;

/** The first change that fits each line. */
function changed(text: string, changes: readonly Change[]): string {
  const lines = text.split('\n').map((line) => {
    const change = changes.find(([from]) => line.includes(from));
    return change ? line.replace(...change) : line;
  });
  return lines.join('\n');
}

/** Writes the jobs into a folder, with what a person has changed in them. */
export function writeJobs(folder: string, version: keyof typeof CHANGES): void {
  cpSync(JOBS_DIR, folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name);
    if (name.endsWith('.yaml')) writeFileSync(file, changed(readFileSync(file, 'utf8'), CHANGES[version]));
    if (name.endsWith('.ts')) writeFileSync(file, readFileSync(file, 'utf8').replace(PROCESSOR, PROCESSOR_FILE));
  }
}
