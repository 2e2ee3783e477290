import { z } from 'zod';
import { JobConfig } from '../../../core/contracts';
import { redriveConflict } from '../../../core/operate/redrive';
import { REDRIVE_RULES, rowChangeOf } from '../../../core/operate/redrive-rules';
import { aConfig, aSpec } from '../../support/records';

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

/** The paths of all values that a schema names, through every alternative; lists and maps are values. */
function leavesIn({ properties, anyOf, oneOf }: Shape, path: string): readonly string[] {
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return alternatives.flatMap((one) => leavesIn(one, path));
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([name, shape]) => leavesIn(shape, path === '' ? name : `${path}.${name}`));
}

const LEAVES = [...new Set(leavesIn(z.toJSONSchema(JobConfig, { io: 'input', unrepresentable: 'any' }) as Shape, ''))];

test('every field of a config has a rule for redrives, and no rule is for a field that is not there', () => {
  expect(Object.keys(REDRIVE_RULES).toSorted()).toEqual(LEAVES.toSorted());
});

/** A value for each field that shapes rows, other than that of `BEFORE`. */
const CHANGED: Readonly<Record<string, unknown>> = {
  'input.prefix': 'incoming/other/',
  'input.format': 'tsv',
  'input.csv.header': false,
  'input.csv.delimiter': ';',
  'input.csv.quote': "'",
  'input.csv.escape': '\\',
  'input.csv.quotedNewlines': false,
  'input.compression': 'gzip',
  'input.encoding': 'latin1',
  'process.lookups': { rates: 'rates.csv' },
  'output.format': 'jsonl',
  'output.compression': 'none',
  'output.rowGroupSize': 4096,
  'output.csv.header': false,
  'output.csv.delimiter': ';',
  'output.csv.escapeFormulas': false,
  'output.partitionBy': ['b'],
  quality: [{ rows: '>= 1' }],
};

const BEFORE = aConfig(
  aSpec({
    input: { prefix: 'incoming/orders/', format: 'csv', csv: {} },
    output: { format: 'csv', csv: {} },
  }),
);

function withValue(value: unknown, [key = '', ...rest]: readonly string[], leaf: unknown): unknown {
  const at = (value ?? {}) as Record<string, unknown>;
  return { ...at, [key]: rest.length === 0 ? leaf : withValue(at[key], rest, leaf) };
}

const changed = (path: string): JobConfig => withValue(BEFORE, ['spec', ...path.split('.')], CHANGED[path]) as JobConfig;

test.each(Object.keys(CHANGED))('another %s is named, with both values', (path) => {
  const conflict = redriveConflict(BEFORE, changed(path));

  expect(conflict?.startsWith(path)).toBe(true);
  expect(conflict).toMatch(/was changed from .+ to .+/);
});

test('every field of a spec that must stay is tried', () => {
  const stays = Object.keys(REDRIVE_RULES).filter((path) => path.startsWith('spec.') && REDRIVE_RULES[path] === 'stays');

  expect(['spec.name', ...Object.keys(CHANGED).map((path) => `spec.${path}`)].toSorted()).toEqual(stays.toSorted());
});

test('what cannot shape rows may change: code, limits, machines, words', () => {
  const after = aConfig(
    aSpec({
      description: 'mended',
      input: { ...BEFORE.spec.input, maxRecordBytes: 1_000_000, maxExpandedBytes: 5, maxExpansionRatio: 7 },
      chunk: { bytes: 77 },
      process: { sql: 'SELECT 1 AS a FROM input' },
      output: { ...BEFORE.spec.output },
      errors: { skipLimit: 5, retry: { CODE: { attempts: 7 } }, bisect: false },
      verify: 'deep',
      compute: { capacity: 'on-demand', architecture: 'x86_64' },
    }),
  );

  expect(rowChangeOf(BEFORE, after)).toBeUndefined();
});

const schemaOf = (...columns: readonly (readonly [string, string])[]) => ({
  type: 'object',
  properties: Object.fromEntries(columns.map(([name, type]) => [name, { type }])),
});

test('schemas are compared by what they say, columns in their order', () => {
  const a = schemaOf(['x', 'integer'], ['y', 'string']);
  const conflictOf = (after: Record<string, unknown>): string | undefined =>
    redriveConflict(aConfig(aSpec(), { output: a }), aConfig(aSpec(), { output: after }));

  expect(conflictOf(schemaOf(['x', 'integer'], ['y', 'string']))).toBeUndefined();
  expect(conflictOf({ properties: a.properties, type: 'object' })).toBeUndefined();
  expect(conflictOf(schemaOf(['x', 'integer'], ['y', 'number']))).toMatch(
    /^output.schema properties.y.type was changed from "string" to "number"/,
  );
  expect(conflictOf(schemaOf(['y', 'string'], ['x', 'integer']))).toMatch(/^output.schema properties was changed from \["x","y"\]/);
  expect(redriveConflict(aConfig(aSpec(), { output: a }), aConfig())).toMatch(/^output.schema was changed from \{.+ to nothing/);
});

test('types that were inferred are no change, a schema in their place is one', () => {
  const inferred = { $comment: 'inferred from the beginning of the files when the run was planned', ...schemaOf(['x', 'integer']) };

  expect(redriveConflict(aConfig(aSpec(), { input: inferred }), aConfig())).toBeUndefined();
  expect(redriveConflict(aConfig(aSpec(), { input: inferred }), aConfig(aSpec(), { input: schemaOf(['x', 'integer']) }))).toMatch(
    /^input.schema was changed from nothing/,
  );
});
