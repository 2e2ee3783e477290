import { withRun } from '../a-run';

/** What an output schema says holds for the rows of a query, in every format that they are written in. */

type Schema = Record<string, unknown>;

const FILE = 'id,v\n1,5\n2,x\n';
const FORMATS = ['parquet', 'jsonl', 'csv'] as const;

async function failureOf(sql: string, output: Schema, format: string = 'jsonl') {
  const spec = { input: { prefix: 'incoming/', format: 'csv' }, process: { sql }, output: { format } };
  return withRun({ files: [FILE], spec, schemas: { output } }, async (run) => {
    const code = await run.work();
    return { code, failure: run.complaints()[0]?.failure };
  });
}

const recordOf = (column: Schema, more: Schema = {}): Schema => ({ type: 'object', properties: { v: column }, ...more });
const TEXT = { type: 'string' };

describe.each(FORMATS)('as %s', (format) => {
  test.each<[string, Schema, string]>([
    ['a pattern', recordOf({ ...TEXT, pattern: '^[0-9]$' }), 'output: column "v" must match "^[0-9]$"'],
    ['a format', recordOf({ ...TEXT, format: 'email' }), 'output: column "v" must match format "email"'],
    ['an enum', recordOf({ ...TEXT, enum: ['5'] }), 'output: column "v" must be one of ["5"]'],
  ])('%s that a row does not keep fails the chunk by name', async (_name, output, message) => {
    const { code, failure } = await failureOf('SELECT v FROM input', output, format);

    expect({ code, class: failure?.class }).toEqual({ code: 65, class: 'DATA' });
    expect(failure?.message).toContain(message);
  });

  test('rows that keep all of it are published', async () => {
    const output = recordOf(
      { ...TEXT, pattern: '^[0-9x]$', minLength: 1, maxLength: 1, enum: ['5', 'x'] },
      { required: ['v'], additionalProperties: false },
    );

    expect(await failureOf('SELECT v FROM input', output, format)).toEqual({ code: 0, failure: undefined });
  });
});

test('a row without a required value fails the chunk by name', async () => {
  const { code, failure } = await failureOf("SELECT nullif(v, 'x') AS v FROM input", recordOf(TEXT, { required: ['v'] }));

  expect(code).toBe(65);
  expect(failure?.message).toContain('output: column "v" must not be empty');
});

test.each<[string, string, Schema, RegExp]>([
  [
    'a column that is required and not given',
    'SELECT id FROM input',
    recordOf(TEXT, { required: ['v'] }),
    /gives no column "v", which output.schema requires/,
  ],
  [
    'a column that is not allowed',
    'SELECT id, v FROM input',
    recordOf(TEXT, { additionalProperties: false }),
    /gives a column "id", which output.schema does not allow/,
  ],
  [
    'a plain column that should be nested',
    'SELECT v FROM input',
    recordOf({ type: 'array' }),
    /gives a column "v" of type VARCHAR, which output.schema says is nested/,
  ],
  [
    'a keyword that SQL cannot check',
    'SELECT v FROM input',
    recordOf({ ...TEXT, format: 'time' }),
    /says of the column "v" what SQL cannot check: type, format/,
  ],
])('%s stops the run by name', async (_name, sql, output, message) => {
  const { code, failure } = await failureOf(sql, output);

  expect(code).toBe(78);
  expect(failure?.message).toMatch(message);
});

test('nested columns fit what is said of them', async () => {
  const output = { type: 'object', properties: { a: { type: 'array' }, o: { type: 'object' }, n: { type: ['array', 'null'] } } };

  expect(await failureOf("SELECT [v] AS a, {'x': v} AS o, NULL::VARCHAR[] AS n FROM input", output)).toEqual({
    code: 0,
    failure: undefined,
  });
});
