import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import fc from 'fast-check';
import { type Ask, judgeBound, judgeQuery, traceQuery } from '../../../adapters/query/judge';
import { CATALOGUE_SQL, catalogueOf } from '../../../core/query/catalogue';
import { packCatalogue } from '../../../core/query/functions';
import { FUNCTIONS } from '../../../core/query/functions.generated';
import { REFUSED } from '../../support/refused-queries';

/** DuckDB over the whole file in one piece is the judge of what a run in chunks must give. */
let instance: DuckDBInstance;
let connection: DuckDBConnection;
const ask: Ask = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();

const RECORDS = 23;
/** Bounds of the chunks: one of one record, one of none. */
const CHUNKS = [
  [0, 7],
  [7, 8],
  [8, 8],
  [8, RECORDS],
] as const;
const TABLES = { input: 'input', others: ['lk'] };
const NAMES = { table: 'traced', column: 'n' };

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
  await connection.run(`CREATE TABLE data AS SELECT i::INTEGER AS id, ['x', 'y', 'z', NULL][1 + i % 4] AS k, (i * 7) % 5 AS b,
    DATE '2024-01-01' + i::INTEGER AS d, range(i % 3) AS l FROM range(${RECORDS}) AS t(i)`);
  await connection.run("CREATE TABLE lk AS FROM (VALUES ('x', 1), ('x', 3), ('y', 2), ('q', 9)) AS t(k, v)");
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const multiset = (rows: readonly unknown[]): string => JSON.stringify(rows.map((row) => JSON.stringify(row)).toSorted());

async function over([first, last]: readonly [number, number], sql: string): Promise<readonly unknown[]> {
  await connection.run(`CREATE OR REPLACE VIEW input AS FROM data WHERE id >= ${first} AND id < ${last}`);
  await connection.run(`CREATE OR REPLACE VIEW traced AS SELECT *, (id + 1)::INTEGER AS n FROM data WHERE id >= ${first} AND id < ${last}`);
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

const whole = (sql: string): Promise<readonly unknown[]> => over([0, RECORDS], sql);

async function chunked(sql: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (const chunk of CHUNKS) rows.push(...(await over(chunk, sql)));
  return rows;
}

describe('each refused class gives other rows chunk by chunk than as a whole', () => {
  test.each(REFUSED.filter(({ shows }) => shows === 'chunks'))('$name', async ({ sql }) => {
    expect(multiset(await chunked(sql))).not.toBe(multiset(await whole(sql)));
  });

  test.each(REFUSED.filter(({ shows }) => shows === 'twice'))('or other rows each time: $name', async ({ sql }) => {
    expect(multiset(await whole(sql))).not.toBe(multiset(await whole(sql)));
  });
});

/** Expressions of one record, each with the name of the table of the records before its columns. */
const EXPRESSIONS = [
  'R.id + R.b',
  "coalesce(R.k, '-') || R.id",
  'CASE WHEN R.b > 2 THEN R.d END',
  'list_transform(R.l, lambda x: x + R.b)',
  'list_sum(R.l)',
  'R.id % 3 = 0',
  'R.k',
  '(SELECT max(v) FROM lk WHERE lk.k = R.k)',
  '(SELECT count(*) FROM lk)',
  '(SELECT max(x) FROM (VALUES (1), (R.b)) t(x))',
  'R.k IN (SELECT k FROM lk)',
  "date_trunc('week', R.d)",
  'hash(R.id, R.k)',
  'round(R.b / 3.0, 2)',
  'struct_pack(a := R.b, z := R.k)',
  'TRY_CAST(R.k AS INTEGER)',
  "regexp_replace(coalesce(R.k, ''), 'x', 'X')",
];
const CONDITIONS = [
  'R.b > 1',
  'R.k IS NOT NULL',
  'R.id % 2 = 1',
  'EXISTS (FROM lk WHERE lk.k = R.k)',
  'R.b NOT IN (SELECT v FROM lk)',
  'true',
];
const JOINS = [
  'SOURCE',
  'SOURCE LEFT JOIN lk ON lk.k = r.k',
  'SOURCE JOIN lk USING (k)',
  'SOURCE SEMI JOIN lk USING (k)',
  'SOURCE ANTI JOIN lk ON lk.k = r.k',
  'lk RIGHT JOIN SOURCE ON lk.k = r.k',
  'SOURCE, LATERAL (SELECT unnest(r.l) AS u)',
  'SOURCE, unnest(r.l) AS t(u)',
  'SOURCE JOIN (SELECT k, sum(v) AS s, row_number() OVER (ORDER BY k) AS w FROM lk GROUP BY k) g ON g.k = r.k',
  'SOURCE CROSS JOIN (SELECT max(v) AS m FROM lk)',
  "SOURCE JOIN (VALUES ('x', 'A'), ('y', 'B')) AS w(code, label) ON w.code = r.k",
  'SOURCE CROSS JOIN (VALUES (1), (2)) w',
];
/** How the records come to the query: `input` by itself, by a name, or from within. */
const SOURCES = [
  { before: '', table: 'input AS r' },
  { before: 'WITH c AS (SELECT * FROM input WHERE id <> 4) ', table: 'c AS r' },
  { before: 'WITH c AS MATERIALIZED (FROM input) ', table: '(SELECT * REPLACE (b + 1 AS b) FROM c) AS r' },
  { before: '', table: '(SELECT i.* EXCLUDE (d), d FROM input i WHERE i.b < 4) AS r' },
  { before: 'WITH a AS (FROM input), c(id, k, b, d, l) AS (SELECT id, k, b, d, l FROM a) ', table: 'c AS r' },
];

const queries = fc
  .record({
    source: fc.constantFrom(...SOURCES),
    join: fc.constantFrom(...JOINS),
    cells: fc.uniqueArray(fc.constantFrom(...EXPRESSIONS), { minLength: 1, maxLength: 4 }),
    where: fc.constantFrom(...CONDITIONS),
    star: fc.constantFrom('', 'r.*, ', '*, '),
    unnest: fc.boolean(),
  })
  .map(({ source, join, cells, where, star, unnest }) => {
    const columns = cells.map((cell, i) => `${cell.replaceAll('R.', 'r.')} AS c${i}`).join(', ');
    const from = join.replace('SOURCE', source.table);
    return `${source.before}SELECT ${star}${columns}${unnest ? ', unnest(r.l) AS e' : ''} FROM ${from} WHERE ${where.replaceAll('R.', 'r.')}`;
  });

const aStep = 60_000;

test(
  'a query of the allowed grammar gives the same rows chunk by chunk as over the whole file, and traced the same with the number of a record of the chunk',
  async () => {
    await fc.assert(
      fc.asyncProperty(queries, async (sql) => {
        const judged = await judgeQuery(ask, sql, TABLES);
        expect(judged.findings).toEqual([]);
        const traced = await traceQuery(ask, judged, NAMES);
        if ('untraceable' in traced) throw new Error(traced.untraceable);

        const expected = await whole(sql);
        expect(multiset(await chunked(sql))).toBe(multiset(expected));
        const rows = (await whole(traced.sql)) as readonly (readonly unknown[])[];
        expect(multiset(rows.map((row) => row.slice(0, -1)))).toBe(multiset(expected));
        for (const [first, last] of CHUNKS) {
          const numbers = ((await over([first, last], traced.sql)) as readonly (readonly unknown[])[]).map((row) => Number(row.at(-1)));
          expect(numbers.every((number) => number > first && number <= last)).toBe(true);
        }
      }),
      { numRuns: 120 },
    );
  },
  aStep,
);

/** What makes any query one that is not record by record. */
const SPOILERS: readonly ((sql: string) => string)[] = [
  (sql) => `${sql} LIMIT 5`,
  (sql) => `${sql} ORDER BY 1`,
  (sql) => `${sql} QUALIFY row_number() OVER () > 1`,
  (sql) => `${sql} UNION ALL ${sql}`,
  (sql) => `SELECT DISTINCT * FROM (${sql})`,
  (sql) => `SELECT count(*) FROM (${sql})`,
  (sql) => `SELECT *, random() FROM (${sql})`,
  (sql) => `SELECT *, lag(c0) OVER () FROM (${sql})`,
  (sql) => `FROM (${sql}) USING SAMPLE 3`,
  (sql) => `FROM (${sql}) WHERE c0 IN (SELECT c0 FROM (${sql}))`,
  (sql) => `FROM (${sql}) FULL JOIN lk ON true`,
  (sql) => `FROM (${sql}), input AS again`,
];

test(
  'whatever spoils a query of the allowed grammar is found by its syntax, and most of it by its plan alone',
  async () => {
    await connection.run('CREATE OR REPLACE TABLE shape AS FROM data LIMIT 0');
    await fc.assert(
      fc.asyncProperty(queries, fc.constantFrom(...SPOILERS), async (sql, spoil) => {
        const { findings } = await judgeQuery(ask, spoil(sql), TABLES);
        expect(findings).not.toEqual([]);
        const bound = await judgeBound(ask, spoil(sql).replace(/\binput\b/g, 'shape'), { input: 'shape', others: ['lk'] });
        expect(bound.unbound ?? bound.findings).not.toEqual([]);
      }),
      { numRuns: 80 },
    );
  },
  aStep,
);

test(
  'and the plan of a query of the allowed grammar is found to be fine',
  async () => {
    await connection.run('CREATE OR REPLACE TABLE shape AS FROM data LIMIT 0');
    await fc.assert(
      fc.asyncProperty(queries, async (sql) => {
        expect(await judgeBound(ask, sql.replace(/\binput\b/g, 'shape'), { input: 'shape', others: ['lk'] })).toEqual({ findings: [] });
      }),
      { numRuns: 80 },
    );
  },
  aStep,
);

test('the functions that were written down are those of the engine: run `npm run functions` when its version changes', async () => {
  expect(packCatalogue(version(), catalogueOf(await ask(CATALOGUE_SQL)))).toEqual(FUNCTIONS);
});

/** Arguments that one function or another takes. */
const ARGUMENTS = [
  '',
  'b',
  'k',
  'd',
  'l',
  'd::TIMESTAMP',
  'd::TIMESTAMPTZ',
  'id::DOUBLE',
  'to_days(b)',
  "'day', d",
  'k, k',
  'b, b',
  'l, b',
  'l, l',
  'd, d',
  "'k', k",
  'k, b, b',
  "{'a': b}",
  "{'a': b}, 'a'",
  'MAP {k: b}',
];

/** Whether a call gives the records of a chunk what it gives them within the whole, and the same again later. */
async function isSteady(call: string): Promise<boolean> {
  const rowsOf = async (first: number, last: number) =>
    (
      await connection.runAndReadAll(`SELECT CAST(${call} AS VARCHAR) FROM data WHERE id >= ${first} AND id < ${last} AND k IS NOT NULL`)
    ).getRowsJson();
  try {
    await connection.run(`SELECT ${call} FROM data LIMIT 0`);
    const first = multiset(await rowsOf(0, RECORDS));
    const pieces: unknown[] = [];
    for (const [from, to] of CHUNKS) pieces.push(...(await rowsOf(from, to)));
    return multiset(pieces) === first && multiset(await rowsOf(0, RECORDS)) === first;
  } catch {
    // It takes no such arguments.
    return true;
  }
}

test(
  'no function that is taken to treat each record by itself answers otherwise later, or in smaller chunks',
  async () => {
    const catalogue = catalogueOf(await ask(CATALOGUE_SQL));
    const calls = [...catalogue]
      .filter(
        ([name, { isAggregate, changes, unnests }]) =>
          /^(?!icu_collate_)[a-z_]\w*$/.test(name) && !isAggregate && !unnests && changes === undefined,
      )
      .flatMap(([name]) => ARGUMENTS.map((list) => `${name}(${list})`));
    const unsteady: string[] = [];
    for (const call of calls) if (!(await isSteady(call))) unsteady.push(call);
    expect(unsteady).toEqual([]);
  },
  aStep,
);
