import type { SuiteMutant } from './mutant';

/** Files that vanish without a word, and runs that show a former state. */
export const LOOP_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'intake drops every key that ends with a slash',
    hole: 12,
    edits: [{ file: 'core/plan/source-objects.ts', from: "key.endsWith('/') && size === 0", to: "key.endsWith('/')" }],
    tests: ['test/lambda/steps', 'test/core/plan/listing-planner'],
  },
  {
    name: 'a file below the prefix of no job is taken for one of a job',
    hole: 12,
    edits: [{ file: 'core/operate/unclaimed.ts', from: 'jobs.some(({ prefix })', to: 'jobs.every(({ prefix })' }],
    tests: ['test/core/operate/unclaimed', 'test/lambda/flag'],
  },
  {
    name: 'no rule catches what no job reads',
    hole: 12,
    edits: [{ file: 'lib/unclaimed-files.ts', from: 'Match.anythingButPrefix(...excluded(prefixes))', to: "Match.prefix('requests/')" }],
    tests: ['test/lib/unclaimed-files'],
  },
  {
    name: 'a file without records is not asked for its columns',
    hole: 12,
    edits: [
      {
        file: 'worker/sql/check-columns.ts',
        from: '({ read }: Source): boolean => read.records === 0',
        to: '({ read }: Source): boolean => read.records < 0',
      },
    ],
    tests: ['test/worker/sql/check-columns'],
  },
  {
    name: 'a key that is no file name has no plain file',
    hole: 12,
    edits: [
      {
        file: 'local/s3/mirror.ts',
        from: 'return [() => this.standIn(key), () => standInOf(key, key)].some(',
        to: 'return [() => this.standIn(key), () => standInOf(key, key)].slice(2).some(',
      },
    ],
    tests: ['test/local/s3/recovery'],
  },
  {
    name: 'a failed run is shown again',
    hole: 13,
    edits: [{ file: 'cli/last-run.ts', from: "report.status !== 'SUCCEEDED'", to: "report.status === 'ABORTED'" }],
    tests: ['test/cli/last-run'],
  },
  {
    name: 'a changed spec is no reason to run again',
    hole: 13,
    edits: [
      {
        file: 'core/operate/rerun.ts',
        from: '!isSame(specWithoutDescription(run), specWithoutDescription(now))',
        to: '!isSame(run.spec.name, now.spec.name)',
      },
    ],
    tests: ['test/core/operate/rerun', 'test/cli/last-run'],
  },
  {
    name: 'one value that is a slip makes a column text',
    hole: 13,
    edits: [{ file: 'core/inference/column-kinds.ts', from: 'misfits * FITTING_FOR_MISFIT <= fitting', to: 'misfits < 0' }],
    tests: ['test/core/inference/infer-schema', 'test/worker/sql-inferred'],
  },
  {
    name: 'a code with a leading zero is a slip among numbers',
    hole: 13,
    edits: [
      { file: 'core/inference/column-kinds.ts', from: "kind === 'text' && isNumeral(text)", to: "kind === 'any' && isNumeral(text)" },
    ],
    tests: ['test/core/inference/infer-schema'],
  },
];
