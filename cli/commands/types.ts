import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { LoadedJob } from '../../core/spec/load';
import { declareTypes } from '../../core/types/declare';
import { ExitCode, UsageError } from '../errors';
import type { Io, Outcome } from '../io';
import { readJobsFolder, requireNames } from '../jobs';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { plural } from '../render/text';

const EXAMPLES = `
Examples:
  $ npx batchwright types                   types of every job whose process is a module
  $ npx batchwright types orders            jobs/types/orders.d.ts
  $ npx batchwright types --check           for CI: says what is stale, writes nothing

In jobs/processors/orders.ts:
  import type { Input, Output } from '../types/orders';
  export default defineProcessor<Input, Output>({ process(record) { … } });

Exit codes: 0 written or up to date, 1 stale (--check), 2 bad spec or usage.`;

/** `types [job…]`: writes the records and rows of jobs as TypeScript, from their JSON Schemas. */
export const addTypes: AddCommand = (program, io, answer) => {
  withCommonOptions(program.command('types'))
    .description('write the types of input and output records from the JSON Schemas')
    .argument('[job...]', 'names of jobs; all whose process is a module when left out')
    .option('--check', 'write nothing; fail when a file is stale')
    .addHelpText('after', EXAMPLES)
    .action((names: readonly string[], options) => {
      answer(writeTypes({ names, jobsDir: commonOptions(options, io).jobsDir, check: options.check === true }, io));
    });
};

export interface TypesRequest {
  readonly names: readonly string[];
  readonly jobsDir: string;
  readonly check: boolean;
}

type State = 'written' | 'unchanged' | 'stale';

/** One job's file and what became of it. */
interface TypesFile {
  readonly job: string;
  readonly file: string;
  readonly state: State;
}

/** Writes what differs, or only tells it. */
export function writeTypes({ names, jobsDir, check }: TypesRequest, { cwd }: Pick<Io, 'cwd'>): Outcome {
  const folder = readJobsFolder(jobsDir, cwd);
  requireNames(names, folder);
  if (folder.errors.length > 0) throw new UsageError(folder.errors);
  const wanted = folder.jobs.filter(({ spec }) => (names.length === 0 ? 'module' in spec.process : names.includes(spec.name)));
  const files = wanted.map((job) => {
    const file = join(jobsDir, 'types', `${job.spec.name}.d.ts`);
    return { job: job.spec.name, file: relative(cwd, file), state: settle(file, job, check) };
  });
  const stale = files.some(({ state }) => state === 'stale');
  return { exitCode: stale ? ExitCode.Failed : ExitCode.Ok, json: { ok: !stale, files }, text: textOf(files) };
}

/** A file appears whole or not at all: editors look at it at any time. */
function settle(file: string, job: LoadedJob, check: boolean): State {
  const text = declareTypes(job);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return 'unchanged';
  if (check) return 'stale';
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
  return 'written';
}

function textOf(files: readonly TypesFile[]): string {
  const stale = files.filter(({ state }) => state === 'stale').length;
  const verdict = stale > 0 ? `${plural(stale, 'file')} stale: run npx batchwright types` : `${plural(files.length, 'job')} typed`;
  return `${[...files.map(({ file, state }) => `${file}  ${state}`), verdict].join('\n')}\n`;
}
