/** Queries that do not treat each record by itself, one of each class; over `input` with id, k, b, d and l, and the lookup `lk` with k and v. */
export interface RefusedQuery {
  readonly name: string;
  /** Of two lines at least: what is wrong stands in the second, unless `line` says otherwise. */
  readonly sql: string;
  readonly construct: RegExp;
  readonly why: RegExp;
  /** In the query, from 1; 0 where only the query as a whole can be shown. @default 2 */
  readonly line?: number;
  /** How it shows that chunk by chunk is not the whole: other rows, or other rows each time; undefined where it cannot be run. */
  readonly shows?: 'chunks' | 'twice';
}

const PER_CHUNK = /for each chunk by itself|of one chunk only|of each chunk anew|sort each chunk|other records|same chunk only/;
const CHANGES = /answers otherwise (each time|in each chunk)/;

const ofChunks = (name: string, sql: string, construct: RegExp, more: Partial<RefusedQuery> = {}): RefusedQuery => ({
  name,
  sql,
  construct,
  why: PER_CHUNK,
  shows: 'chunks',
  ...more,
});

const changing = (name: string, sql: string, construct: RegExp): RefusedQuery => ({ name, sql, construct, why: CHANGES, shows: 'twice' });
const unseen = (name: string, sql: string, construct: RegExp, why: RegExp, line = 2): RefusedQuery => ({ name, sql, construct, why, line });

const NO_RECORD = /belong to no record|belong to no one record/;
const FOREIGN = /neither `input` nor a lookup/;

export const REFUSED: readonly RefusedQuery[] = [
  ofChunks('an aggregate', 'SELECT\n  count(*) AS n FROM input', /the aggregate count\(\*\)/),
  ofChunks('GROUP BY', 'SELECT k FROM input\nGROUP BY k', /GROUP BY/),
  ofChunks('GROUP BY ALL', 'SELECT\nk, sum(b) AS s FROM input GROUP BY ALL', /GROUP BY ALL/),
  ofChunks('HAVING', 'SELECT k FROM input GROUP BY k\nHAVING count(*) > 4', /HAVING/),
  ofChunks('an aggregate that a macro hides', 'SELECT\n  round(geomean(id + 1), 3) AS g FROM input', /the aggregate geomean\(\)/),
  ofChunks('DISTINCT', 'SELECT DISTINCT\n  k FROM input', /DISTINCT/),
  ofChunks('DISTINCT ON', 'SELECT DISTINCT ON (\n  k) k FROM input', /DISTINCT ON/),
  ofChunks('LIMIT', 'SELECT id FROM input\nLIMIT 3', /LIMIT/),
  ofChunks('LIMIT in percent', 'SELECT id FROM input\nLIMIT 50%', /LIMIT/),
  ofChunks('OFFSET', 'SELECT id FROM input\nOFFSET 3', /OFFSET/),
  ofChunks('ORDER BY with LIMIT', 'SELECT id FROM input\nORDER BY b LIMIT 2', /ORDER BY/),
  { ...ofChunks('ORDER BY', 'SELECT id FROM input\nORDER BY b', /ORDER BY/), shows: undefined },
  ofChunks('a window function', 'SELECT id,\n  row_number() OVER () AS n FROM input', /the window function row_number\(\)/),
  ofChunks('an aggregate as a window', 'SELECT id,\n  sum(b) OVER (PARTITION BY k) AS s FROM input', /the window function sum\(\)/),
  ofChunks('QUALIFY', 'SELECT id FROM input\nQUALIFY row_number() OVER (PARTITION BY k ORDER BY id) = 1', /QUALIFY/),
  ofChunks('UNION', 'SELECT k FROM input\nUNION SELECT k FROM lk', /UNION/, { why: NO_RECORD }),
  ofChunks('UNION ALL with a lookup', 'SELECT k FROM input\nUNION ALL SELECT k FROM lk', /UNION/, { why: NO_RECORD }),
  ofChunks('EXCEPT', 'SELECT k FROM input\nEXCEPT SELECT k FROM lk', /EXCEPT/, { why: NO_RECORD }),
  ofChunks('INTERSECT', 'SELECT k FROM input\nINTERSECT SELECT k FROM lk', /INTERSECT/, { why: NO_RECORD }),
  ofChunks('a sub-query over input', 'SELECT id FROM input\nWHERE b > (SELECT avg(b) FROM input)', /a sub-query over input/),
  ofChunks(
    'a correlated sub-query over input',
    'SELECT id,\n  (SELECT max(j.b) FROM input j WHERE j.k = i.k) AS m FROM input i',
    /sub-query over/,
  ),
  ofChunks(
    'EXISTS over input',
    'SELECT id FROM input i WHERE\n  EXISTS (FROM input j WHERE j.k = i.k AND j.id > i.id)',
    /sub-query over input/,
  ),
  ofChunks(
    'an aggregate of the outer query',
    'SELECT\n  (SELECT sum(input.b) FROM lk LIMIT 1) AS s FROM input',
    /the aggregate sum\(\) of input/,
  ),
  ofChunks(
    'a join of input with itself',
    'SELECT a.id FROM input a\nJOIN input b ON a.k = b.k AND a.id < b.id',
    /a join of input with itself/,
  ),
  ofChunks(
    'a CTE joined with itself',
    'WITH r AS (SELECT k, id FROM input) SELECT a.id FROM r a\n  JOIN r b ON a.k = b.k AND a.id < b.id',
    /itself/,
  ),
  ofChunks(
    'a CTE that aggregates input',
    'WITH t AS (SELECT k,\n  max(b) AS m FROM input GROUP BY k) SELECT k, m FROM t',
    /aggregate max\(\)/,
  ),
  ofChunks(
    'LATERAL over input',
    'SELECT id, n FROM input i, LATERAL (SELECT\n  count(*) AS n FROM input j WHERE j.k = i.k)',
    /count\(\*\)/,
  ),
  {
    ...ofChunks(
      'a recursive CTE over input',
      'WITH RECURSIVE r AS (SELECT id, 1 AS n FROM input\n UNION ALL SELECT id, n + 1 FROM r WHERE n < 2) FROM r',
      /WITH RECURSIVE/,
      {
        why: /goes over its own rows/,
        line: 1,
      },
    ),
    shows: undefined,
  },
  ofChunks('PIVOT with values', "FROM (\nPIVOT input ON k IN ('x', 'y') USING sum(b) GROUP BY b)", /PIVOT/, {
    why: /makes rows of columns/,
  }),
  unseen('PIVOT', 'PIVOT\n  input ON k USING sum(b)', /begins with PIVOT/, /no SELECT/, 1),
  ofChunks('a RIGHT JOIN to a lookup', 'SELECT lk.k FROM input\n  RIGHT JOIN lk ON lk.k = input.k', /RIGHT JOIN/, {
    why: NO_RECORD,
    line: 2,
  }),
  ofChunks('a FULL JOIN', 'SELECT lk.k FROM input\n  FULL JOIN lk ON lk.k = input.k', /FULL JOIN/, { why: NO_RECORD }),
  ofChunks('a lookup that input only selects', 'SELECT lk.k FROM lk\n  SEMI JOIN input ON lk.k = input.k', /SEMI JOIN/, { why: NO_RECORD }),
  ofChunks('a POSITIONAL JOIN', 'SELECT v FROM input\n  POSITIONAL JOIN lk', /POSITIONAL JOIN/, { why: /where they stand/ }),
  { ...ofChunks('an ASOF JOIN', 'SELECT id FROM input\n  ASOF JOIN lk ON b >= v', /ASOF JOIN/, { why: /equally near/ }), shows: undefined },
  ofChunks('a query that does not read input', 'SELECT k FROM\n  lk', /does not read input/, { why: /same rows for every chunk/ }),
  changing('random()', 'SELECT id,\n  random() AS r FROM input', /random\(\)/),
  changing('uuid()', 'SELECT id,\n  uuid() AS r FROM input', /uuid\(\)/),
  changing('random() in a sub-query over a lookup', 'SELECT id,\n  (SELECT max(random()) FROM lk) AS r FROM input', /random\(\)/),
  changing('now()', 'SELECT id,\n  now() AS r FROM input', /now\(\)/),
  changing('current_timestamp', 'SELECT id,\n  current_timestamp AS r FROM input', /current_timestamp/),
  changing('a macro that reads the clock', 'SELECT id,\n  ago(INTERVAL 1 DAY) AS r FROM input', /ago\(\)/),
  { ...changing('the age of one moment', 'SELECT id,\n  age(d) AS r FROM input', /age\(\)/), shows: undefined },
  { ...changing('nextval()', "SELECT id,\n  nextval('s') AS r FROM input", /nextval\(\)/), shows: undefined },
  { ...changing('sleep_ms()', 'SELECT id,\n  sleep_ms(1) AS r FROM input', /sleep_ms\(\)/), shows: undefined },
  unseen('a setting of the task', "SELECT id,\n  current_setting('threads') AS t FROM input", /current_setting/, /how the task was set up/),
  { ...ofChunks('TABLESAMPLE', 'SELECT id FROM\n  input TABLESAMPLE reservoir(3)', /TABLESAMPLE/, { why: /other rows each time/ }) },
  { ...ofChunks('USING SAMPLE', 'SELECT id FROM\n  input USING SAMPLE 3', /USING SAMPLE/, { why: /other rows each time/ }) },
  unseen('a sample of a lookup', 'SELECT id, (SELECT v FROM\n  lk USING SAMPLE 1) AS v FROM input', /USING SAMPLE/, /other rows each time/),
  unseen('read_csv()', "SELECT id FROM input,\n  read_csv('/etc/passwd')", /read_csv\(\)/, FOREIGN),
  unseen('glob()', "SELECT id, (SELECT count(*) FROM\n  glob('/*')) AS n FROM input", /glob\(\)/, FOREIGN),
  unseen('a file as a table', "SELECT id, (SELECT count(*) FROM\n  '/etc/passwd') AS n FROM input", /the table "\/etc\/passwd"/, FOREIGN),
  unseen('a table of DuckDB', 'SELECT id FROM input,\n  duckdb_settings()', /duckdb_settings\(\)/, /not known to treat/),
  unseen('a table that nobody named', 'SELECT id FROM input JOIN\n  nothing USING (k)', /the table "nothing"/, FOREIGN),
  unseen('a query in a text', "SELECT id FROM input,\n  query('FROM lk')", /query\(\)/, FOREIGN),
  unseen('two statements', 'SELECT id FROM input;\nSELECT 2', /2 statements/, /not one query/, 0),
  unseen('INSERT', 'INSERT\n  INTO lk VALUES (1, 2)', /begins with INSERT/, /no SELECT/, 1),
  unseen('COPY', "COPY\n  input TO '/tmp/x'", /begins with COPY/, /no SELECT/, 1),
  unseen('DESCRIBE', 'DESCRIBE\n  input', /DESCRIBE/, /not known to treat/),
  unseen('a parameter', 'SELECT id FROM input\nWHERE id = $1', /PARAMETER/, /not known to treat/, 0),
  unseen('a function that DuckDB does not have', 'SELECT\n  nosuch(id) FROM input', /nosuch\(\)/, /not one of DuckDB/),
  unseen('a syntax error', 'SELECT id\nFRM input WHERE', /SQL/, /Parser Error/),
  unseen(
    'a fan-out whose rows cannot show their record',
    "SELECT\n  COLUMNS('k|id') FROM input LEFT JOIN lk USING (k)",
    /several rows of a record/,
    /must show which record/,
    0,
  ),
];
