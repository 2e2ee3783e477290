import fc from 'fast-check';
import { checkSchema } from '../../../core/json-schema/check-schema';
import { FORMAT_NAMES } from '../../../core/json-schema/formats';
import { KEYWORDS } from '../../../core/json-schema/keywords';
import type { SchemaUse } from '../../../core/json-schema/query-limits';
import { loadJobs } from '../../../core/spec/load';
import { compileOutput } from '../../../worker/schema/checks';
import { columnsOf, type Schema } from '../../../worker/schema/columns';
import { validatorOf } from '../../../worker/schema/validator';

const INPUT: SchemaUse = { role: 'input', query: true };
const OF_QUERY: SchemaUse = { role: 'output', query: true, format: 'parquet' };

const recordOf = (column: unknown, more: Schema = {}): Schema => ({ type: 'object', properties: { c: column }, ...more });
const told = (schema: Schema, use = INPUT): readonly string[] =>
  checkSchema(schema, use).map(({ pointer, message }) => `${pointer} ${message.replace(/, allowed: .*/, '')}`);

test.each<[string, Schema, readonly string[]]>([
  [
    'a keyword that is spelled wrong',
    recordOf({ type: 'string', minLenght: 1 }),
    ['/properties/c/minLenght unknown keyword "minLenght" (did you mean minLength?)'],
  ],
  ['a keyword of nobody', recordOf({ widget: 'x' }), ['/properties/c/widget unknown keyword "widget"']],
  [
    'a key of the prototype',
    recordOf(JSON.parse('{"__proto__": 1, "constructor": 1}')),
    ['/properties/c/__proto__ unknown keyword "__proto__"', '/properties/c/constructor unknown keyword "constructor"'],
  ],
  [
    'a keyword of OpenAPI',
    recordOf({ type: 'string', nullable: true }),
    ['/properties/c/nullable unknown keyword "nullable" (write "type": ["string", "null"])'],
  ],
  [
    'a type that is none',
    recordOf({ type: 'strng' }),
    [
      '/properties/c/type type: expected string, number, integer, boolean, object, array or null, or a list of different ones, received "strng" (did you mean string?)',
    ],
  ],
  [
    'a format that is none',
    recordOf({ type: 'string', format: 'e-mail' }),
    ['/properties/c/format format: unknown format "e-mail" (did you mean email?)'],
  ],
  [
    'a format of numbers for text',
    recordOf({ type: 'string', format: 'int32' }),
    ['/properties/c/format format: int32 says nothing about string, but about number, integer'],
  ],
  [
    'a decimal of input',
    recordOf({ type: 'number', format: 'decimal(9,2)' }),
    ['/properties/c/format format: decimal(9,2) is for columns of output.schema, which are stored so'],
  ],
  [
    'a keyword of texts for numbers',
    recordOf({ type: 'integer', minLength: 1 }),
    ['/properties/c/minLength minLength says nothing about integer, but about string'],
  ],
  [
    'the same through allOf',
    recordOf({ type: 'integer', allOf: [{ minLength: 1 }] }),
    ['/properties/c/allOf/0/minLength minLength says nothing about integer, but about string'],
  ],
  ['a limit that is text', recordOf({ type: 'integer', minimum: '1' }), ['/properties/c/minimum minimum: expected a number, received "1"']],
  [
    'a limit of draft-04',
    recordOf({ type: 'integer', exclusiveMinimum: true }),
    ['/properties/c/exclusiveMinimum exclusiveMinimum: expected a number, received true'],
  ],
  [
    'a step of nothing',
    recordOf({ type: 'number', multipleOf: 0 }),
    ['/properties/c/multipleOf multipleOf: expected a number above 0, received 0'],
  ],
  [
    'a pattern that looks around',
    recordOf({ type: 'string', pattern: '(?=a)' }),
    ['/properties/c/pattern pattern: the pattern "(?=a)" looks around ((?=…), which RE2 has not'],
  ],
  [
    'a pattern of keys that refers back',
    recordOf({ type: 'object', patternProperties: { '(a)\\1': true } }),
    [
      '/properties/c/patternProperties patternProperties: the pattern "(a)\\\\1" refers back to a group (\\1), which takes more than linear time',
    ],
  ],
  ['else without if', recordOf({ else: { minLength: 1 } }), ['/properties/c/else else says nothing without if beside it']],
  [
    'items of draft-07',
    recordOf({ type: 'array', items: [{}] }),
    ['/properties/c/items items: expected a schema for all items, received a list: write prefixItems for the first items'],
  ],
  [
    'a column that may not be',
    recordOf(false),
    ['/properties/c expected an object or true, received false: "additionalProperties": false keeps columns out'],
  ],
  ['a reference to nothing', recordOf({ $ref: '#/$defs/x' }), ['/properties/c/$ref $ref: nothing is defined at "#/$defs/x"']],
  [
    'a reference to another file',
    recordOf({ $ref: 'other.json' }),
    ['/properties/c/$ref $ref: expected #, or a place below #/$defs/ or #/definitions/, received "other.json"'],
  ],
  [
    'references in a circle',
    recordOf({ $ref: '#/$defs/x' }, { $defs: { x: { $ref: '#/$defs/x' } } }),
    [expect.stringContaining('circle'), expect.stringContaining('circle')],
  ],
  [
    'draft-04',
    recordOf({}, { $schema: 'http://json-schema.org/draft-04/schema#' }),
    [
      '/$schema $schema: expected one of http://json-schema.org/draft-07/schema, https://json-schema.org/draft/2019-09/schema, https://json-schema.org/draft/2020-12/schema, received "http://json-schema.org/draft-04/schema#"',
    ],
  ],
  [
    'what draft-07 has not',
    recordOf({ type: 'array', prefixItems: [{}] }, { $schema: 'http://json-schema.org/draft-07/schema#' }),
    ['/properties/c/prefixItems unknown keyword "prefixItems", which draft-07 has not'],
  ],
  [
    'what draft-07 passes over',
    recordOf({ $ref: '#/definitions/x', minLength: 1 }, { $schema: 'http://json-schema.org/draft-07/schema#', definitions: { x: {} } }),
    ['/properties/c/$ref $ref: beside it draft-07 passes over minLength: write allOf'],
  ],
])('%s is refused by name', (_name, schema, problems) => {
  expect(told(schema)).toEqual(problems);
});

const REMEDY = ': leave it out, or process the records with a module or a command, whose rows the validator sees';

test.each<[string, Schema, readonly string[]]>([
  [
    'a combination',
    recordOf({ anyOf: [{ const: 1 }] }),
    [`/properties/c/anyOf anyOf is not checked of the rows that a query makes${REMEDY}`],
  ],
  [
    'nested values',
    recordOf({ type: 'array', items: {} }),
    [`/properties/c/items items is not checked of the rows that a query makes in nested values${REMEDY}`],
  ],
  [
    'a time',
    recordOf({ type: 'string', format: 'time' }),
    [`/properties/c/format format is not checked of the rows that a query makes where it is time${REMEDY}`],
  ],
  [
    'the length of a day',
    recordOf({ type: 'string', format: 'date', minLength: 1 }),
    [`/properties/c/minLength minLength is not checked of the rows that a query makes beside the format date${REMEDY}`],
  ],
])('%s cannot be said of what a query makes', (_name, schema, problems) => {
  expect(told(schema, OF_QUERY)).toEqual(problems);
  expect(told(schema, { ...OF_QUERY, query: false })).toEqual([]);
});

test('what is for people may stand anywhere', () => {
  const people = {
    title: 't',
    description: 'd',
    $comment: 'c',
    default: 1,
    examples: [1],
    deprecated: true,
    readOnly: true,
    writeOnly: false,
  };

  expect(told({ ...recordOf({ type: 'string', ...people }), ...people, $id: 'x' }, OF_QUERY)).toEqual([]);
});

/** Values that may and may not stand at a keyword. */
const VALUES: readonly unknown[] = [
  ...[
    0,
    1,
    2,
    -1,
    1.5,
    true,
    false,
    null,
    'a',
    '',
    '^a$',
    '(',
    '(?=a)',
    'string',
    'integer',
    'date',
    'email',
    'int32',
    'time',
    'x',
    '#',
    '#/$defs/d',
  ],
  ...[
    [],
    ['a'],
    ['string', 'null'],
    [1, 1],
    [{}],
    [true],
    {},
    { a: {} },
    { a: { type: 'string' } },
    { a: ['b'] },
    { minLength: 1 },
    { minimum: 1 },
  ],
];
const columns = fc.dictionary(
  fc.constantFrom(...Object.keys(KEYWORDS).filter((name) => name !== '$schema'), 'x'),
  fc.constantFrom(...VALUES),
  { maxKeys: 4 },
);
const typedColumns = fc.record({ type: fc.constantFrom('string', 'integer', 'number', 'boolean', ['string', 'null'], 'array', 'object') });
const anyColumns = fc.oneof(
  columns,
  fc.tuple(columns, typedColumns).map(([column, type]) => ({ ...column, ...type })),
);

test('the validator compiles every schema that is accepted, and never meets a keyword that it does not know', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anyColumns, (column) => {
      const schema = recordOf(column, { $defs: { d: { type: 'string' } } });
      if (checkSchema(schema, INPUT).length > 0) return;
      accepted += 1;

      expect(() => validatorOf(schema, 'input')({ c: 'a' })).not.toThrow();
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(30);
});

test('SQL checks all that is accepted of what a query makes', () => {
  const formats = fc.record({ type: fc.constantFrom('string', 'number', 'integer'), format: fc.constantFrom(...FORMAT_NAMES) });
  fc.assert(
    fc.property(fc.oneof(anyColumns, formats), (column) => {
      const schema = recordOf(column);
      fc.pre(checkSchema(schema, OF_QUERY).length === 0);

      const [compiled] = columnsOf(['c'], schema).map(compileOutput);

      expect(compiled).toBeDefined();
    }),
    { numRuns: 500, maxSkipsPerRun: 1000 },
  );
});

test('a mistake in a schema is told in its own file, with line, column and pointer', () => {
  const files: Record<string, string> = {
    'jobs/orders.yaml':
      'name: orders\ninput: { prefix: a/, format: csv, schema: schemas/in.json }\nprocess: { sql: FROM input }\noutput: { format: csv }\n',
    'jobs/schemas/in.json':
      '{\n  "type": "object",\n  "properties": {\n    "a/b": { "type": "string", "formt": "email" },\n    "n": { "maximum": 9223372036854775807 },\n    "n": {}\n  }\n}\n',
  };

  const { errors, jobs } = loadJobs(['jobs/orders.yaml'], (path) => files[path]);

  expect(jobs).toEqual([]);
  const place = { file: 'jobs/schemas/in.json', path: 'input.schema', spec: 'jobs/orders.yaml' };
  expect(errors).toEqual([
    { ...place, line: 6, column: 5, message: 'at #/properties/n: the key stands twice: only one of them would count' },
    {
      ...place,
      line: 4,
      column: 32,
      message: expect.stringContaining('at #/properties/a~1b/formt: unknown keyword "formt" (did you mean format?), allowed: $schema'),
    },
  ]);
});

test('a number that JavaScript cannot hold is refused', () => {
  const files: Record<string, string> = {
    'jobs/orders.yaml':
      'name: orders\ninput: { prefix: a/, format: csv, schema: in.json }\nprocess: { sql: FROM input }\noutput: { format: csv }\n',
    'jobs/in.json':
      '{"type": "object", "properties": {"n": {"maximum": 9223372036854775807, "enum": [1, 9007199254740993], "examples": [1e999]}}}',
  };

  const { errors } = loadJobs(['jobs/orders.yaml'], (path) => files[path]);

  expect(errors.map(({ message }) => message)).toEqual([
    'at #/properties/n/maximum: maximum: expected a number that a double holds exactly, such as up to 9007199254740992, received 9223372036854775807',
    'at #/properties/n/enum: enum: expected a number that a double holds exactly, such as up to 9007199254740992, received 9007199254740993',
  ]);
});
