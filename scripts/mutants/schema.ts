import type { SuiteMutant } from './mutant';

/** A JSON Schema means what it says, to SQL and to the validator alike. */
export const SCHEMA_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'the validator passes over formats',
    hole: 10,
    edits: [
      {
        file: 'worker/schema/validator.ts',
        from: 'map(([name, { validate }]) => [name, validate])',
        to: 'map(([name]) => [name, true as const])',
      },
    ],
    tests: ['test/worker/schema/judged'],
  },
  {
    name: 'SQL passes over formats',
    hole: 10,
    edits: [
      {
        file: 'worker/schema/keywords.ts',
        from: "if (keyword === 'format') return formatSql(column, String(limit), compared);",
        to: "if (keyword === 'format') return null;",
      },
    ],
    tests: ['test/worker/schema/judged'],
  },
  {
    name: 'the validator matches patterns by trying one way after the other',
    hole: 10,
    edits: [{ file: 'worker/schema/pattern.ts', from: 'return linear ?', to: 'return linear || re2 !== source ?' }],
    tests: ['test/core/json-schema/pattern'],
  },
  {
    name: 'every pattern is taken for linear',
    hole: 10,
    edits: [{ file: 'core/json-schema/pattern/translate.ts', from: 'linear: isLinear(pattern)', to: 'linear: isLinear(pattern) || true' }],
    tests: ['test/core/json-schema/pattern'],
  },
  {
    name: 'an unknown keyword is accepted',
    hole: 10,
    edits: [
      {
        file: 'core/json-schema/check-schema.ts',
        from: "if (!keyword) return { at: 'key', message: this.unknown(name) };",
        to: 'if (!keyword) return undefined;',
      },
    ],
    tests: ['test/core/json-schema/check-schema'],
  },
  {
    name: 'Plan does not look at schemas',
    hole: 10,
    edits: [{ file: 'lambda/plan.ts', from: '  checkSchemas(config);\n', to: '' }],
    tests: ['test/lambda/plan-listing'],
  },
  {
    name: 'a query may break its output schema',
    hole: 10,
    edits: [{ file: 'worker/sql/typed.ts', from: 'return checkedQuery(typed, cells, schemas.output);', to: 'return typed;' }],
    tests: ['test/worker/schema/output-of-queries'],
  },
  {
    name: 'a dot takes line separators in SQL',
    hole: 10,
    edits: [{ file: 'core/json-schema/pattern/syntax.ts', from: "codes('\\n\\r\\u2028\\u2029')", to: "codes('\\n')" }],
    tests: ['test/core/json-schema/pattern'],
  },
];
