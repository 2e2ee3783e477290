import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { tableOf } from './claims';
import { commandSection } from './worker/command';
import { memorySection } from './worker/memory';
import { moduleSection } from './worker/module';
import type { Section, SectionResult } from './worker/section';
import { sqlSection } from './worker/sql';

/**
 * How fast the worker is: `npm run bench:worker -- [--only sql] [--mb N] [--rounds N] [--json]`. Claims that are missed are
 * shown, and fail nothing. Every ratio is of medians of the same run.
 */
const SECTIONS: Readonly<Record<string, Section>> = {
  sql: sqlSection,
  module: moduleSection,
  command: commandSection,
  memory: memorySection,
};

const DEFAULT_MB = 1000;
/** Fewer say little on a shared machine. */
const DEFAULT_ROUNDS = 5;

interface Options {
  readonly only?: string;
  readonly mb: number;
  readonly rounds: number;
  readonly json?: boolean;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError(`received ${text}, expected a whole number from 1 on`);
  return Number(text);
}

function sectionName(text: string): string {
  if (!(text in SECTIONS)) throw new InvalidArgumentError(`received ${text}, allowed: ${Object.keys(SECTIONS).join(', ')}`);
  return text;
}

const readOptions = (): Options =>
  new Command('bench:worker')
    .option('--only <section>', `one of ${Object.keys(SECTIONS).join(', ')}`, sectionName)
    .option('--mb <n>', 'megabytes of input', wholeNumber, DEFAULT_MB)
    .option('--rounds <n>', 'measurements of each subject', wholeNumber, DEFAULT_ROUNDS)
    .option('--json', 'print JSON only')
    .parse()
    .opts<Options>();

async function runSection(name: string, { mb, rounds, json }: Options): Promise<SectionResult> {
  const section = SECTIONS[name];
  if (!section) throw new RangeError(`no section ${name}`);
  const folder = mkdtempSync(join(tmpdir(), `batchwright-bench-${name}-`));
  try {
    const result = await section({ mb, rounds, folder, note: (line) => console.error(`${name}: ${line}`) });
    if (!json) console.log(`${name}\n${tableOf(result.claims)}\n`);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  const results: Record<string, SectionResult> = {};
  for (const name of options.only ? [options.only] : Object.keys(SECTIONS)) results[name] = await runSection(name, options);
  console.log(JSON.stringify({ mb: options.mb, rounds: options.rounds, sections: results }, null, 2));
}

void main();
