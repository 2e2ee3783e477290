import type { DraftJob, SpecError } from './load';

/** What two jobs may not share. Shown in the later file, naming the earlier one. */
export function acrossJobs(jobs: readonly DraftJob[]): readonly SpecError[] {
  return jobs.flatMap((job, index) => jobs.slice(0, index).flatMap((earlier) => clashes(job, earlier)));
}

function clashes(job: DraftJob, earlier: DraftJob): readonly SpecError[] {
  const sameName = job.spec.name === earlier.spec.name;
  const prefixes = [job.spec.input.prefix, earlier.spec.input.prefix] as const;
  return [
    ...(sameName ? [job.complain(['name'], `the name "${job.spec.name}" is taken by ${earlier.file}`)] : []),
    ...(overlap(...prefixes) ? [job.complain(['input', 'prefix'], overlapping(prefixes, earlier.file))] : []),
  ];
}

/** A file below both prefixes would start two runs, and nobody would have said so. */
const overlap = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

const overlapping = ([mine, theirs]: readonly [string, string], file: string): string =>
  `"${mine}" and "${theirs}" of ${file} overlap: one file would start two runs`;
