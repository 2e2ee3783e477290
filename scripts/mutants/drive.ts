import type { SuiteMutant } from './mutant';

const STEPS = 'test/lambda/drive-plan.test.ts';
const RULES = 'test/core/operate/redrive-rules.test.ts';
const COLUMNS = 'test/core/commit/part-columns.test.ts';

/** What Plan derived no longer belongs to a drive. */
const mutant = (name: string, edit: SuiteMutant['edits'][number], ...tests: readonly string[]): SuiteMutant => ({
  name,
  hole: 3,
  edits: [edit],
  tests,
});

export const DRIVE_MUTANTS: readonly SuiteMutant[] = [
  mutant(
    "a redrive obeys the first drive's config",
    { file: 'adapters/run-plan.ts', from: '=> ({ ...plan, config, pins });', to: '=> ({ config, pins, ...plan });' },
    STEPS,
  ),
  mutant(
    'a redrive forgets the types that were inferred for committed chunks',
    { file: 'core/operate/redrive.ts', from: 'return isInferred(input) ? {', to: 'return !isInferred(input) ? {' },
    STEPS,
  ),
  mutant(
    'a schema may say something else when a run is redriven',
    { file: 'core/operate/redrive-rules.ts', from: "'schemas.input': 'stays'", to: "'schemas.input': 'free'" },
    STEPS,
  ),
  mutant(
    'a query may join other lookups when a run is redriven',
    { file: 'core/operate/redrive-rules.ts', from: "'spec.process.lookups': 'stays'", to: "'spec.process.lookups': 'free'" },
    STEPS,
    RULES,
  ),
  mutant(
    'a plan that is made by a redrive obeys the pins of the first drive',
    { file: 'lambda/plan.ts', from: 'if (drive > 0) {', to: 'if (drive < 0) {' },
    STEPS,
  ),
  mutant(
    'a plan that is made by a redrive has the chunk list of the first drive',
    { file: 'core/keys.ts', from: 'drivePrefix(runId, drive)}chunks.jsonl', to: 'drivePrefix(runId, 0)}chunks.jsonl' },
    STEPS,
  ),
  mutant(
    'a plan over a listing goes on with the checkpoints of another drive',
    { file: 'core/keys.ts', from: 'drivePrefix(runId, drive)}checkpoints/', to: 'runPrefix(runId)}checkpoints/' },
    STEPS,
  ),
  mutant(
    'markers of a plan that was given up count for the next one',
    { file: 'core/keys.ts', from: 'drivePrefix(runId, plannedIn)}commits/', to: 'drivePrefix(runId, 0)}commits/' },
    STEPS,
  ),
  mutant(
    'a run with nothing committed keeps the plan that failed',
    {
      file: 'adapters/redriving.ts',
      from: 'for await (const _marker of state.list(markersPrefix(runId, plan.plannedIn))) return plan;',
      to: 'return plan;',
    },
    STEPS,
  ),
  mutant(
    'parts of two kinds are published',
    { file: 'core/commit/part-columns.ts', from: 'sets.length === 1 ?', to: 'sets.length > 0 ?' },
    COLUMNS,
    STEPS,
  ),
  mutant(
    'a worker of a redrive makes parts of another kind',
    {
      file: 'worker/part-columns.ts',
      from: 'if (first && wanted && first.digest !== wanted.digest)',
      to: 'if (first && wanted && first.shown === wanted.digest)',
    },
    'test/worker/part-columns.test.ts',
  ),
];
