import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { checkJobs } from '../adapters/query/check-job';
import { queryErrors } from '../core/query/spec-errors';
import { type LoadedJob, loadJobs, type SpecError } from '../core/spec/load';
import { suggestion } from '../core/spec/nearest';
import { UsageError } from './errors';

/** Specs as found in a folder: the good ones, and what is wrong with the others. */
export interface JobsFolder {
  readonly jobs: readonly LoadedJob[];
  readonly errors: readonly SpecError[];
  /** Names of all specs, good or bad. */
  readonly names: readonly string[];
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const readText = (path: string): string | undefined => (isFile(path) ? readFileSync(path, 'utf8') : undefined);
const nameOf = (file: string): string => basename(file).replace(/\.ya?ml$/, '');

/** Reads all specs of a folder; files are named as seen from `cwd`. */
export function readJobsFolder(folder: string, cwd: string): JobsFolder {
  const shown = relative(cwd, folder) || '.';
  if (!isFolder(folder)) throw new UsageError(`no such folder of job specs: ${shown}`);
  const files = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(shown, name));
  if (files.length === 0) throw new UsageError(`no job specs in ${shown}: expected at least one <name>.yaml`);
  return { ...loadJobs(files, (path) => readText(resolve(cwd, path))), names: files.map(nameOf) };
}

/** The same folder, and the queries of its jobs judged by DuckDB. */
export async function checkQueries(folder: JobsFolder, cwd: string): Promise<JobsFolder> {
  const jobs = folder.jobs.map((job) => ({ ...job, folder: resolve(cwd, dirname(job.file)) }));
  const checks = await checkJobs(jobs);
  const errors = folder.jobs.flatMap(({ file }, index) => {
    const findings = checks[index]?.findings ?? [];
    return findings.length === 0 ? [] : queryErrors(file, readFileSync(resolve(cwd, file), 'utf8'), findings);
  });
  const refused = new Set(errors.map(({ file }) => file));
  return { ...folder, jobs: folder.jobs.filter(({ file }) => !refused.has(file)), errors: [...folder.errors, ...errors] };
}

/** Throws unless every name is a spec of the folder. */
export function requireNames(names: readonly string[], folder: JobsFolder): void {
  const unknown = names.filter((name) => !folder.names.includes(name));
  if (unknown.length === 0) return;
  throw new UsageError(
    unknown.map((name) => ({ message: `unknown job "${name}"${suggestion(name, folder.names)}, allowed: ${folder.names.join(', ')}` })),
  );
}

export const errorsOf = (name: string, folder: JobsFolder): readonly SpecError[] =>
  folder.errors.filter(({ file, spec }) => nameOf(spec ?? file) === name);

/** The job of a name. All specs must be valid, since all of them are deployed together. */
export function requireJob(name: string, folder: JobsFolder): LoadedJob {
  requireNames([name], folder);
  if (folder.errors.length > 0) throw new UsageError(folder.errors);
  const job = folder.jobs.find(({ spec }) => spec.name === name);
  if (!job) throw new UsageError(`unknown job "${name}", allowed: ${folder.names.join(', ')}`);
  return job;
}
