import { REFUSED } from '../support/refused-queries';
import { batchwright, tempFolder, writeFiles } from './support';

const cwd = tempFolder();
/** The first line of the block is the seventh of the file. */
const FIRST_LINE = 7;
const LOOKUPS = 'lookups: { lk: lookups/lk.csv }';

const aJob = (name: string, sql: string, more = ''): string =>
  [
    `name: ${name}`,
    `input: { prefix: incoming/${name}/, format: csv, schema: schemas/input.json }`,
    'output: { format: jsonl }',
    'process:',
    `  ${LOOKUPS}`,
    '  sql: |',
    ...sql.split('\n').map((line) => `    ${line}`),
    more,
  ].join('\n');

const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'integer' }, k: { type: 'string' }, b: { type: 'integer' }, d: { type: 'string', format: 'date' } },
};
const common = { 'schemas/input.json': JSON.stringify(SCHEMA), 'lookups/lk.csv': 'k,v\nx,1\ny,2\n' };

async function errorsIn(
  folder: string,
  yaml: string,
  name = 'a',
): Promise<{ line: number; column: number; path: string; message: string }[]> {
  writeFiles(cwd, {
    [`${folder}/${name}.yaml`]: yaml,
    ...Object.fromEntries(Object.entries(common).map(([file, text]) => [`${folder}/${file}`, text])),
  });
  const { out } = await batchwright(['validate', '--jobs', folder, '--json'], { cwd });
  return JSON.parse(out).errors;
}

describe('a query that is not record by record is refused where it stands', () => {
  test.each(REFUSED.map((query, index) => ({ ...query, index })))('$name', async ({ sql, construct, why, line = 2, index }) => {
    const errors = await errorsIn(`refused-${index}`, aJob('a', sql));

    const told = errors.find(({ message }) => construct.test(message) && why.test(message));
    expect(told ?? errors).toMatchObject({ path: 'process.sql', line: FIRST_LINE + line - 1 });
    expect(told!.message).toMatch(/: \S/);
  });
});

describe('a query that treats each record by itself is taken', () => {
  test.each([
    ['expressions', "SELECT id + 1 AS n, upper(k) || '!' AS k, CASE WHEN b > 1 THEN d END AS d FROM input WHERE id % 2 = 0"],
    ['unnest', 'SELECT id, unnest([b, b + 1]) AS n FROM input'],
    ['unnest in FROM', 'SELECT id, u FROM input, unnest([b, b + 1]) AS t(u)'],
    ['LATERAL', 'SELECT id, u FROM input, LATERAL (SELECT unnest([b]) AS u)'],
    ['an INNER join with a lookup', 'SELECT id, v FROM input JOIN lk USING (k)'],
    ['a LEFT join with a lookup', 'SELECT i.*, lk.v FROM input i LEFT JOIN lk ON lk.k = i.k'],
    ['a RIGHT join that keeps every record', 'SELECT id, v FROM lk RIGHT JOIN input USING (k)'],
    [
      'aggregates of a lookup',
      'WITH t AS (SELECT k, max(v) AS m, count(*) AS n FROM lk GROUP BY k) SELECT id, m, n FROM input JOIN t USING (k)',
    ],
    [
      'windows and DISTINCT over a lookup',
      'SELECT id FROM input JOIN (SELECT DISTINCT k, row_number() OVER (ORDER BY v) AS n FROM lk) USING (k)',
    ],
    ['a scalar sub-query over a lookup', 'SELECT id, b / (SELECT sum(v) FROM lk) AS share FROM input'],
    ['a correlated sub-query over a lookup', 'SELECT id, (SELECT max(v) FROM lk WHERE lk.k = input.k) AS m FROM input'],
    ['IN and EXISTS over a lookup', 'SELECT id FROM input WHERE k IN (SELECT k FROM lk) AND NOT EXISTS (FROM lk WHERE lk.v = input.b)'],
    ['a set operation of lookups', "SELECT id FROM input WHERE k IN (SELECT k FROM lk UNION SELECT 'z')"],
    [
      'recursion without input',
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT id, n FROM input JOIN r ON n = b',
    ],
    ['stars and CTEs', 'WITH t AS (SELECT * EXCLUDE (d) FROM input) SELECT * REPLACE (b + 1 AS b) FROM (FROM t) WHERE b > 0'],
    ['an error of one record', "SELECT CASE WHEN id < 0 THEN error('negative') ELSE id END AS id FROM input"],
    ['lambdas and lists', 'SELECT list_transform([b], lambda x: x + id) AS l, list_sum([b, id]) AS s FROM input'],
    ['a column of a name that is a function without parentheses', 'SELECT input.current_date FROM input'],
    ['a sample by the hash of a value', 'SELECT id FROM input WHERE hash(id) % 100 < 10'],
  ])('%s', async (name, sql) => {
    expect(await errorsIn(`taken-${name.replaceAll(/\W/g, '-')}`, aJob('a', sql))).toEqual([]);
  });
});

describe('the place is that of the file, however the text is written', () => {
  test.each([
    ['folded', 'process:\n  sql: >-\n    SELECT id\n    FROM input\n    LIMIT 3', { line: 6, column: 11 }],
    ['plain over lines', 'process:\n  sql: SELECT id\n    FROM input\n    LIMIT 3', { line: 5, column: 11 }],
    ['in single quotes', "process: { sql: 'SELECT ''x'' AS x FROM input LIMIT 3' }", { line: 2, column: 53 }],
    ['in double quotes', 'process: { sql: "SELECT \\"id\\"\\n FROM input LIMIT 3" }', { line: 2, column: 51 }],
    ['beyond ASCII', "process: { sql: SELECT 'ü€' AS x FROM input LIMIT 3 }", { line: 2, column: 51 }],
  ])('%s', async (name, process, place) => {
    const yaml = `name: a\n${process}\ninput: { prefix: incoming/a/, format: csv }\noutput: { format: jsonl }\n`;

    expect(await errorsIn(`place-${name.replaceAll(' ', '-')}`, yaml)).toMatchObject([place]);
  });
});

test('an aggregate of the outer query that only the plan shows is found where the columns are known', async () => {
  const [error] = await errorsIn('plan', aJob('a', 'SELECT (SELECT sum(b) FROM lk) AS s FROM input'));

  expect(error).toMatchObject({ path: 'process.sql', message: expect.stringMatching(/LOGICAL_AGGREGATE.*over input/) });
});

test.each([
  ['random()', 'SELECT avg(random()) FROM output', /random\(\)/],
  ['a file', "SELECT count(*) FROM read_csv('/etc/passwd')", /read_csv\(\)/],
  ['another table', 'SELECT count(*) FROM input', /the table "input"/],
  ['a sample', 'SELECT count(*) FROM output USING SAMPLE 3', /USING SAMPLE/],
])('a quality rule may aggregate, but not ask for %s', async (name, sql, message) => {
  const rules = `quality:\n  - { sql: SELECT count(*) FROM output, max: 9 }\n  - { sql: "${sql}", max: 9 }`;
  const errors = await errorsIn(`rule-${name.replaceAll(/\W/g, '-')}`, aJob('a', 'FROM input', rules));

  expect(errors).toMatchObject([{ path: 'quality[1].sql', message: expect.stringMatching(message) }]);
});
