import type { SuiteMutant } from './mutant';

const EVIDENCE = 'test/lambda/commit-evidence.test.ts';

export const SUITES_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'delivered parts are not compared with what was written',
    hole: 15,
    edits: [
      {
        file: 'lambda/shared/delivered.ts',
        from: 'const held = describe(head.bytes, head.checksum?.value);',
        to: 'const held = expected;',
      },
    ],
    tests: [EVIDENCE],
  },
  {
    name: 'Commit does not look for an abort',
    hole: 15,
    edits: [
      {
        file: 'lambda/commit.ts',
        from: 'const abort = await findAbort(state, input);',
        to: 'const abort = undefined as Awaited<ReturnType<typeof findAbort>>;',
      },
    ],
    tests: [EVIDENCE],
  },
  {
    name: 'a worker ignores the checksum that S3 answers for a piece',
    hole: 15,
    edits: [
      {
        file: 'adapters/aws/pending-uploads.ts',
        from: 'if (ChecksumCRC32 === piece.checksum)',
        to: 'if (ChecksumCRC32 !== "")',
      },
    ],
    tests: ['test/adapters/piece-checksums'],
  },
];
