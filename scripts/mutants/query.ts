import type { SuiteMutant } from './mutant';

const HOLE = 9;

/** Faults of the promise that a query treats each record by itself. */
export const QUERY_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'LIMIT, ORDER BY and DISTINCT over input slip through',
    hole: HOLE,
    edits: [{ file: 'core/query/judge-tree.ts', from: "if (place.kind === 'records') this.modifier(modifier, node);", to: '' }],
    tests: ['test/cli/queries.test.ts'],
  },
  {
    name: 'functions that answer otherwise each time slip through',
    hole: HOLE,
    edits: [{ file: 'core/query/judge-expression.ts', from: 'if (changes !== undefined) this', to: 'if (changes === name) this' }],
    tests: ['test/cli/queries.test.ts'],
  },
  {
    name: 'a query is not judged by its bound plan at validate',
    hole: HOLE,
    edits: [
      {
        file: 'adapters/query/check-job.ts',
        from: 'return unbound === undefined ? findings : [];',
        to: 'return unbound === findings ? findings : [];',
      },
    ],
    tests: ['test/cli/queries.test.ts'],
  },
  {
    name: 'Plan takes the verdict on another query',
    hole: HOLE,
    edits: [
      { file: 'core/query/verdict.ts', from: 'if (config.query?.digest === expected) return', to: 'if (config.query?.digest) return' },
    ],
    tests: ['test/lambda/steps.test.ts'],
  },
  {
    name: 'the numbers that rows carry are not compared: rows are taken for records',
    hole: HOLE,
    edits: [
      {
        file: 'worker/sql/counts.ts',
        from: "if (!trace) return { written: rows, filtered: accepted - rows, identity: 'computed' };",
        to: "if (rows >= 0) return { written: rows, filtered: accepted - rows, identity: trace ? 'observed' : 'computed' };",
      },
    ],
    tests: ['test/worker/sql-lookups.test.ts', 'test/worker/sql.test.ts'],
  },
  {
    name: 'rows are looked at beneath the join that multiplies them',
    hole: HOLE,
    edits: [
      { file: 'worker/sql/trace.ts', from: `\${FUNCTION}(coalesce(\${record}, 0)) AS`, to: 'true AS' },
      { file: 'worker/sql/trace.ts', from: `WHERE \${seen}`, to: `WHERE \${FUNCTION}(\${record})` },
    ],
    tests: ['test/worker/sql-lookups.test.ts', 'test/worker/sql.test.ts'],
  },
  {
    name: 'a star shows the number of the record',
    hole: HOLE,
    edits: [{ file: 'core/query/trace.ts', from: "exclude_list: [...textsAt(star, 'exclude_list'), this.names.column]", to: '' }],
    tests: ['test/adapters/query/chunked.test.ts'],
  },
];
