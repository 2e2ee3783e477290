import type { SuiteMutant } from './mutant';

export const WALLS_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'the message of a failure is not cut',
    hole: 7,
    edits: [{ file: 'core/failures.ts', from: 'message: cutText(message, { whole }),', to: 'message,' }],
    tests: ['test/core/cut-text', 'test/lambda/walls', 'test/lib/state-walls'],
  },
  {
    name: 'an error leaves a step as it was thrown',
    hole: 7,
    edits: [{ file: 'lambda/runtime.ts', from: 'throw cutError(thrown);', to: 'throw thrown;' }],
    tests: ['test/lambda/walls', 'test/lib/state-walls'],
  },
  {
    name: 'the stack of an error is not cut',
    hole: 7,
    edits: [{ file: 'core/step-failures.ts', from: 'cut.stack = cutText(', to: 'cut.stack = error.stack ?? cutText(' }],
    tests: ['test/core/cut-text', 'test/lambda/walls'],
  },
  {
    name: 'an answer of any size leaves a step',
    hole: 7,
    edits: [{ file: 'lambda/runtime.ts', from: 'if (bytes <= ANSWER_BYTES) return answer;', to: 'if (bytes > 0) return answer;' }],
    tests: ['test/lambda/walls'],
  },
  {
    name: 'a subject of a notice has 100 characters',
    hole: 7,
    edits: [{ file: 'core/limits.ts', from: 'SUBJECT_CHARACTERS = 99', to: 'SUBJECT_CHARACTERS = 100' }],
    tests: ['test/lambda/walls'],
  },
  {
    name: 'a worker does not keep the whole of what it cuts',
    hole: 7,
    edits: [{ file: 'worker/failures.ts', from: 'if (failure.message !== message) await', to: 'if (failure === undefined) await' }],
    tests: ['test/worker/module.test'],
  },
  {
    name: 'a request names its objects in the event',
    hole: 7,
    edits: [
      {
        file: 'cli/cloud/sdk-cloud.ts',
        from: "'objects' in request ? await this.writeRequest(request) : request",
        to: 'request',
      },
    ],
    tests: ['test/cli/cloud/sdk-cloud'],
  },
  {
    name: 'intake reads a version as often as it is named',
    hole: 8,
    edits: [{ file: 'lambda/intake.ts', from: 'const objects = distinctObjects(named);', to: 'const objects = named;' }],
    tests: ['test/lambda/steps'],
  },
  {
    name: 'Plan reads a version as often as its input names it',
    hole: 8,
    edits: [
      {
        file: 'lambda/shared/object-draft.ts',
        from: 'const named = distinctObjects(run.objects);',
        to: 'const named = run.objects;',
      },
    ],
    tests: ['test/lambda/steps'],
  },
  {
    name: 'reconciliation does not ask whether two objects are one',
    hole: 8,
    edits: [
      {
        file: 'core/commit/reconcile.ts',
        from: 'identityChecks({ objects, leaves })',
        to: 'identityChecks({ objects: [], leaves: [] })',
      },
    ],
    tests: ['test/core/commit/reconcile'],
  },
  {
    name: 'a run is named for how often a version is named',
    hole: 8,
    edits: [{ file: 'core/run-id.ts', from: '[...new Set(objects.map(identityOf))]', to: 'objects.map(identityOf)' }],
    tests: ['test/core/run-id'],
  },
  {
    name: 'the command drops nothing that is named twice',
    hole: 8,
    edits: [
      {
        file: 'cli/sources.ts',
        from: 'if (!before) first.set(place, source);',
        to: 'if (before !== null) first.set(String(first.size), source);',
      },
    ],
    tests: ['test/cli/sources'],
  },
];
