import type { SuiteMutant } from './mutant';

const LATE = ['test/lambda/late-steps'];
const STATES = ['test/lambda/run-states'];

/** Order and death: what steps that die or come late must not do. */
export const LEDGER_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'a decision is rolled forward from the rounds of now',
    hole: 1,
    edits: [
      {
        file: 'lambda/commit.ts',
        from: 'return { decision, work: await readFrozenWork(state, decision) };',
        to: 'void readFrozenWork; return { decision, work: await readWork(input, plan, state) };',
      },
    ],
    tests: LATE,
  },
  {
    name: 'Assess writes a round after the decision',
    hole: 1,
    edits: [
      { file: 'lambda/assess.ts', from: "if (await findDecision(deps.state, input)) return { next: 'commit' };", to: 'void findDecision;' },
      { file: 'lambda/shared/rounds.ts', from: 'if (await isDecided(state, ref)) return undefined;', to: 'void isDecided;' },
    ],
    tests: LATE,
  },
  {
    name: 'the list of a decision is not compared with its digest',
    hole: 1,
    edits: [{ file: 'core/commit/frozen-work.ts', from: 'if (actual !== sha256)', to: 'if (actual === "")' }],
    tests: LATE,
  },
  {
    name: 'a run that is being published is reported as failed',
    hole: 2,
    edits: [
      {
        file: 'core/operate/run-phase.ts',
        from: "export const hasConcluded = (phase: Phase): boolean => phase !== 'undecided' && phase !== 'publishing';",
        to: "export const hasConcluded = (phase: Phase): boolean => phase !== 'undecided';",
      },
    ],
    tests: LATE,
  },
  {
    name: 'the collector aborts the uploads of a run that is being published',
    hole: 2,
    edits: [
      {
        file: 'core/operate/collect.ts',
        from: "if (open || !hasConcluded(phase) || !endedAt) return 'keep';",
        to: "void hasConcluded; if (phase === 'publishing') return 'abort'; if (open || !endedAt) return 'keep';",
      },
    ],
    tests: ['test/core/operate/collect', ...LATE],
  },
  {
    name: 'a delivery is taken back by whoever reads it wrongly, though another has concluded it',
    hole: 2,
    edits: [
      {
        file: 'lambda/shared/delivery.ts',
        from: '    if (stored?.failure) return takeBack(publication, stored.failure, deps, hasTime);',
        to: '    if (stored) return takeBack(publication, deliveryFailure(bad as Check), deps, hasTime);',
      },
    ],
    tests: LATE,
  },
  {
    name: 'parts are taken back without aborting their uploads',
    hole: 4,
    edits: [{ file: 'lambda/shared/removal.ts', from: '  await uploads.abort({ key, uploadId });\n', to: '' }],
    tests: LATE,
  },
  {
    name: 'Commit aborts uploads of a run that can be redriven',
    hole: 4,
    edits: [{ file: 'lambda/commit.ts', from: 'const isOver = isPublished || decided.final !== undefined;', to: 'const isOver = true;' }],
    tests: LATE,
  },
  {
    name: 'jobs outlive their run',
    hole: 5,
    edits: [
      { file: 'lambda/commit.ts', from: "  await endJobs(input, 'the run has ended', deps);\n", to: '  void endJobs;\n' },
      { file: 'lambda/sweep.ts', from: "await endJobs(mark.input, 'the run has ended', deps);", to: 'void endJobs;' },
    ],
    tests: LATE,
  },
  {
    name: 'a sweep mistakes the record of the collector for a redrive',
    hole: 6,
    edits: [{ file: 'lambda/sweep.ts', from: "Drive))?.kind === 'redrive';", to: 'Drive)) !== undefined;' }],
    tests: ['test/lambda/upkeep'],
  },
  {
    name: 'a sweep forgets a run whose jobs still run',
    hole: 5,
    edits: [{ file: 'lambda/sweep.ts', from: "await endJobs(mark.input, 'the run has ended', deps);", to: 'void endJobs;' }],
    tests: LATE,
  },
  {
    name: 'a late Commit ends the jobs of the redrive',
    hole: 5,
    edits: [
      {
        file: 'adapters/aborting.ts',
        from: 'const own = fences.filter((fence) => (fence.drive ?? 0) === drive);',
        to: 'void drive; const own = fences;',
      },
    ],
    tests: LATE,
  },
  {
    name: 'a redrive that was written down and not started is refused for ever',
    hole: 6,
    edits: [
      {
        file: 'adapters/redriving.ts',
        from: 'if (!standing.reported) return goOn(runId, standing, deps);',
        to: "if (!standing.reported) throw new NotRedrivableError('has not ended yet');",
      },
    ],
    tests: STATES,
  },
  {
    name: 'a concluding execution that failed is forgotten',
    hole: 6,
    edits: [
      {
        file: 'core/operate/sweep.ts',
        from: "if (reported && status !== 'RUNNING') return { do: 'forget' };",
        to: "if ((reported || (mark.input.begin === 'commit' && status !== undefined)) && status !== 'RUNNING') return { do: 'forget' };",
      },
    ],
    tests: STATES,
  },
  {
    name: 'a run that was stopped from outside counts as aborted',
    hole: 6,
    edits: [
      {
        file: 'lambda/commit.ts',
        from: 'if (input.failure) return { failure: input.failure };',
        to: "if (input.failure) return { failure: input.failure, ...(input.failure.class === 'CANCELLED' && { final: 'aborted' as const }) };",
      },
    ],
    tests: STATES,
  },
  {
    name: 'a redrive takes the round that an earlier drive wrote late for its own',
    hole: 6,
    edits: [{ file: 'lambda/shared/rounds.ts', from: 'if (driveOf(round) === drive) return round;', to: 'return round;' }],
    tests: LATE,
  },
];
