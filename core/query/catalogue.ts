import { isTree, parseTree, type Tree, textAt, textsAt } from './tree';

/** What a function of DuckDB does to the promise that a query is about one record at a time. */
export interface FunctionTraits {
  readonly isAggregate: boolean;
  /** Why two calls with the same values may answer otherwise; undefined where they may not. */
  readonly changes?: string;
  /** Whether a call may give several rows. */
  readonly unnests: boolean;
  /** Whether a macro reads tables of its own. */
  readonly reads: boolean;
}

/** Functions by their names in lower case. */
export type Catalogue = ReadonlyMap<string, FunctionTraits>;

/** Names of functions with their kind and stability, and of macros the syntax tree of their text. */
export const CATALOGUE_SQL = `SELECT lower(function_name) AS name, function_type AS kind, stability,
  CASE WHEN function_type = 'macro' AND macro_definition IS NOT NULL
    THEN CAST(json_serialize_sql('SELECT ' || macro_definition, skip_null := true, skip_empty := true) AS VARCHAR) END AS body
  FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') GROUP BY ALL ORDER BY ALL`;

/** Named without parentheses they look like columns. */
export const NOW_NAMES: ReadonlySet<string> = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp']);

const STABILITIES: Readonly<Record<string, string>> = {
  VOLATILE: 'answers otherwise each time it is called',
  CONSISTENT_WITHIN_QUERY: 'answers otherwise in each chunk and at each attempt',
};

/** Functions whose stability DuckDB lists wrongly, with why their answers change; undefined where they do not. */
const CORRECTED: Readonly<Record<string, string | undefined>> = {
  // It fails the same record every time.
  error: undefined,
  current_localtime: STABILITIES.CONSISTENT_WITHIN_QUERY,
  current_localtimestamp: STABILITIES.CONSISTENT_WITHIN_QUERY,
  current_setting: 'depends on how the task was set up',
  getvariable: 'depends on how the task was set up',
  vector_type: 'depends on how the engine keeps the values of a chunk',
};

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly stability: string | null;
  readonly body: string | null;
}

const PLAIN: FunctionTraits = { isAggregate: false, unnests: false, reads: false };

const join = (a: FunctionTraits, b: FunctionTraits): FunctionTraits => ({
  isAggregate: a.isAggregate || b.isAggregate,
  unnests: a.unnests || b.unnests,
  reads: a.reads || b.reads,
  ...((a.changes ?? b.changes) !== undefined && { changes: a.changes ?? b.changes }),
});

function traitsOf({ name, kind, stability }: Row): FunctionTraits {
  const changes = name in CORRECTED ? CORRECTED[name] : STABILITIES[stability ?? ''];
  return { ...PLAIN, isAggregate: kind === 'aggregate', ...(changes !== undefined && { changes }) };
}

/** Reads the answer to `CATALOGUE_SQL`. A macro has the traits of all that its text calls. */
export function catalogueOf(rows: readonly Readonly<Record<string, unknown>>[]): Catalogue {
  const known = rows as unknown as readonly Row[];
  const traits = new Map<string, FunctionTraits>([['unnest', { ...PLAIN, unnests: true }]]);
  for (const row of known) traits.set(row.name, join(traits.get(row.name) ?? PLAIN, traitsOf(row)));
  const bodies = known.flatMap(({ name, body }) => (body === null ? [] : [{ name, body: parseTree(body) }]));
  // Macros call macros: their depth is small, and a round that changes nothing ends it.
  for (let changed = true; changed; ) {
    changed = false;
    for (const { name, body } of bodies) {
      const before = traits.get(name) ?? PLAIN;
      const after = join(before, bodyTraits(body, traits, name));
      if (JSON.stringify(after) === JSON.stringify(before)) continue;
      traits.set(name, after);
      changed = true;
    }
  }
  return traits;
}

function bodyTraits(value: unknown, traits: Catalogue, own: string): FunctionTraits {
  if (Array.isArray(value)) return value.reduce<FunctionTraits>((sum, one) => join(sum, bodyTraits(one, traits, own)), PLAIN);
  if (!isTree(value)) return PLAIN;
  return Object.values(value).reduce<FunctionTraits>((sum, one) => join(sum, bodyTraits(one, traits, own)), ownTraits(value, traits, own));
}

function ownTraits(tree: Tree, traits: Catalogue, own: string): FunctionTraits {
  const name = textAt(tree, 'function_name').toLowerCase();
  if (tree.class === 'FUNCTION') return name === own ? PLAIN : (traits.get(name) ?? PLAIN);
  if (tree.class === 'SUBQUERY') return { ...PLAIN, reads: true };
  const [column = '', ...more] = textsAt(tree, 'column_names');
  const isNow = tree.class === 'COLUMN_REF' && more.length === 0 && NOW_NAMES.has(column.toLowerCase());
  return isNow ? { ...PLAIN, changes: STABILITIES.CONSISTENT_WITHIN_QUERY } : PLAIN;
}

/** Why a call answers otherwise another time; undefined where it does not. */
export const changesOf = (catalogue: Catalogue, name: string, parameters: number): string | undefined =>
  // Of one moment it is the time since, which DuckDB lists as if it did not change.
  name === 'age' && parameters === 1 ? STABILITIES.CONSISTENT_WITHIN_QUERY : catalogue.get(name)?.changes;
