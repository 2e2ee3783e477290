import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type LoadedJob, loadJobs, type SpecError } from '../core/spec/load';

/** The jobs folder holds specs that cannot be deployed; the message lists every fault, one a line. */
export class InvalidJobsError extends Error {
  override readonly name = 'InvalidJobsError';

  constructor(readonly errors: readonly SpecError[]) {
    super(errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'));
  }
}

const isFile = (file: string): boolean => existsSync(file) && statSync(file).isFile();

/** A folder is no file, whatever a spec calls it. */
const read = (file: string): string | undefined => (isFile(file) ? readFileSync(file, 'utf8') : undefined);

const specsIn = (folder: string): readonly string[] => {
  if (!existsSync(folder)) throw new RangeError(`jobs folder ${folder} does not exist`);
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => path.join(folder, name));
};

/** Reads every spec of a folder, in the order of their file names; throws with all errors when any spec has one. */
export function readJobs(folder: string): readonly LoadedJob[] {
  const { jobs, errors } = loadJobs(specsIn(folder), read);
  if (errors.length > 0) throw new InvalidJobsError(errors);
  return jobs;
}

/** The TypeScript processors that specs name, relative to the jobs folder. */
export const processorModules = (jobs: readonly LoadedJob[]): readonly string[] => [
  ...new Set(jobs.flatMap(({ spec }) => ('module' in spec.process ? [path.normalize(spec.process.module)] : []))),
];
