import { aliasOf } from './joins';
import type { Judgement } from './rules';
import { isTree, mapTrees, type Tree, textAt, textsAt, treeAt, treesAt } from './tree';

/** Names that a traced query uses; no column and no table of the job's has them. */
export interface TraceNames {
  /** `input` with the number of each record beside its columns. */
  readonly table: string;
  readonly column: string;
}

const TABLE = 'batchwright_input';
const COLUMN = 'batchwright_record';

/** Names that stand in none of these texts: the query, and the names of tables and columns that it may see. */
export function traceNames(taken: readonly string[]): TraceNames {
  const all = taken.join('\n').toLowerCase();
  const free = (name: string): string => (all.includes(name) ? free(`${name}_`) : name);
  return { table: free(TABLE), column: free(COLUMN) };
}

/** A query that carries the number of its record to each row, or why it cannot. */
export type Traced = { readonly tree: Tree } | { readonly untraceable: string };

class Untraceable extends Error {}

/** Carries the number of a record from `input` through every query on the way to the output. Stars do not show it. */
class Tracer {
  constructor(
    private readonly judgement: Judgement,
    private readonly names: TraceNames,
  ) {}

  private isOfRecords(tree: Tree): boolean {
    return this.judgement.kinds.get(tree) === 'records';
  }

  query(node: Tree): Tree {
    const from = treeAt(node, 'from_table') ?? {};
    const aliases = new Set(this.recordAliases(from));
    const seen = (value: unknown): unknown => this.expressions(value, aliases);
    const own = { class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', query_location: 0, column_names: [this.names.column] };
    return {
      ...node,
      cte_map: this.named(treeAt(node, 'cte_map') ?? { map: [] }),
      select_list: [...(seen(node.select_list) as readonly unknown[]), own],
      from_table: this.table(from, aliases),
      where_clause: seen(node.where_clause),
    };
  }

  private named(map: Tree): Tree {
    const entries = treesAt(map, 'map').map((entry) => {
      const value = treeAt(entry, 'value') ?? {};
      const query = treeAt(value, 'query') ?? {};
      const node = treeAt(query, 'node') ?? {};
      return this.isOfRecords(node) ? { ...entry, value: { ...value, query: { ...query, node: this.query(node) } } } : entry;
    });
    return { ...map, map: entries };
  }

  private table(table: Tree, aliases: ReadonlySet<string>): Tree {
    if (!this.isOfRecords(table)) return table;
    const type = textAt(table, 'type');
    if (type === 'BASE_TABLE') return this.base(table);
    if (type === 'SUBQUERY') {
      const subquery = treeAt(table, 'subquery') ?? {};
      return { ...table, subquery: { ...subquery, node: this.query(treeAt(subquery, 'node') ?? {}) } };
    }
    if (type !== 'JOIN') throw new Untraceable(`DuckDB reads input by ${type}`);
    const [left, right] = [treeAt(table, 'left') ?? {}, treeAt(table, 'right') ?? {}];
    this.expressions(table.condition, aliases);
    return { ...table, left: this.table(left, aliases), right: this.table(right, aliases) };
  }

  /** A name of WITH was traced where it was given. */
  private base(table: Tree): Tree {
    if (!this.judgement.inputs.has(table)) return table;
    return { ...table, table_name: this.names.table, alias: textAt(table, 'alias') || textAt(table, 'table_name') };
  }

  private recordAliases(table: Tree): readonly string[] {
    if (!this.isOfRecords(table)) return [];
    if (table.type !== 'JOIN') return [aliasOf(table)];
    return [treeAt(table, 'left'), treeAt(table, 'right')].flatMap((side) => (side ? this.recordAliases(side) : []));
  }

  /** Expressions that do not show the number. */
  private expressions(value: unknown, aliases: ReadonlySet<string>): unknown {
    if (Array.isArray(value)) return value.map((one) => this.expressions(one, aliases));
    if (!isTree(value)) return value;
    const [name = '', ...more] = textsAt(value, 'column_names');
    if (value.class === 'COLUMN_REF' && more.length === 0 && aliases.has(name.toLowerCase())) {
      throw new Untraceable(`${name} takes whole records as one value`);
    }
    if (value.class === 'STAR') return this.star(value, aliases);
    // What stands in a sub-query sees other tables, but may name this one.
    const isInner = value.class === 'SUBQUERY';
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        isInner && key === 'subquery' ? this.inner(inner, aliases) : this.expressions(inner, aliases),
      ]),
    );
  }

  private inner(value: unknown, aliases: ReadonlySet<string>): unknown {
    mapTrees(value, (tree) => {
      const [name = '', ...more] = textsAt(tree, 'column_names');
      const isWhole = tree.class === 'COLUMN_REF' && more.length === 0 && aliases.has(name.toLowerCase());
      if (isWhole) throw new Untraceable(`${name} takes whole records as one value`);
      return tree;
    });
    return value;
  }

  private star(star: Tree, aliases: ReadonlySet<string>): Tree {
    const of = textAt(star, 'relation_name').toLowerCase();
    if (isTree(star.expr)) throw new Untraceable('COLUMNS with a pattern may match any name');
    if (of !== '' && !aliases.has(of)) return star;
    return { ...star, exclude_list: [...textsAt(star, 'exclude_list'), this.names.column] };
  }
}

/** Rewrites a query's statement so that its last column is the number of the record. */
export function traceTree(statement: Tree, judgement: Judgement, names: TraceNames): Traced {
  try {
    const tracer = new Tracer(judgement, names);
    const tree = { ...statement, node: tracer.query(treeAt(statement, 'node') ?? {}) };
    return { tree: withoutPlaces(tree) };
  } catch (thrown) {
    if (thrown instanceof Untraceable) return { untraceable: thrown.message };
    throw thrown;
  }
}

/** Places in a text that is no more. */
const withoutPlaces = (tree: Tree): Tree =>
  mapTrees(tree, (one) => ('query_location' in one ? { ...one, query_location: 0 } : one)) as Tree;

/** The alias that DuckDB gives VALUES without one. */
const VALUES_LIST = 'valueslist';

/** Removes what differs between two trees of the same meaning: places in the text, and the sub-query that DuckDB wraps around VALUES when it prints them. */
export const normalizeTree = (tree: Tree): Tree => mapTrees(withoutPlaces(tree), (one) => unwrapValues(one) ?? one) as Tree;

function unwrapValues(table: Tree): Tree | undefined {
  if (table.type !== 'SUBQUERY' || table.alias !== VALUES_LIST || textsAt(table, 'column_name_alias').length > 0) return undefined;
  const values = treeAt(treeAt(treeAt(table, 'subquery') ?? {}, 'node') ?? {}, 'from_table');
  return values?.type === 'EXPRESSION_LIST' ? values : undefined;
}
