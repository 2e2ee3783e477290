import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lookupsOf } from '../core/plan/lookups';
import type { JobSpec } from '../core/spec/schema';

/** Specs say what they say in the config; source maps only say where code came from. */
const isCode = (name: string): boolean => !/\.ya?ml$|\.map$/.test(name);

/** The files of the jobs folder, as the image has it, that a job's process is made of; a program may read any of them. */
function filesOf(process: JobSpec['process'], jobs: string): readonly string[] {
  if ('module' in process) return [process.module.replace(/\.[cm]?ts$/, '.js')];
  if ('sql' in process) return lookupsOf({ process }).flatMap(({ at }) => ('path' in at ? [at.path] : []));
  return readdirSync(jobs, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && isCode(entry.name) ? [path.relative(jobs, path.join(entry.parentPath, entry.name))] : [],
  );
}

/** Digest of what a job runs, so that it can be told whether that has changed. */
export function codeOf({ process }: Pick<JobSpec, 'process'>, jobs: string): string {
  const hash = createHash('sha256');
  for (const file of filesOf(process, jobs).toSorted()) {
    const from = path.join(jobs, file);
    hash.update(JSON.stringify(file)).update(existsSync(from) ? readFileSync(from) : '');
  }
  return hash.digest('hex');
}
