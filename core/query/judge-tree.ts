import { type QueryFinding, REASONS } from './finding';
import { aliasesOf, JoinRules } from './joins';
import { ExpressionJudge } from './judge-expression';
import type { Judgement, Kind, Place, QueryRules, Scope } from './rules';
import { offsetOf, type Tree, textAt, treeAt, treesAt } from './tree';

/** Table functions that answer from their arguments alone. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);

const READS_FILES = /^(read_|glob$|sniff_|parquet_|arrow_|query|seq_scan$)/;

/** Walks DuckDB's syntax tree of a query and finds what does not treat each record by itself. What is not known to do so is refused by name. */
export class TreeJudge {
  readonly findings: QueryFinding[] = [];
  readonly kinds = new Map<Tree, Kind>();
  readonly inputs = new Set<Tree>();
  multiplies = false;
  private readonly expressions: ExpressionJudge;
  private readonly joins: JoinRules;

  constructor(readonly rules: QueryRules) {
    this.expressions = new ExpressionJudge(this);
    this.joins = new JoinRules(this);
  }

  refuse(construct: string, reason: Pick<QueryFinding, 'why' | 'instead'>, at: unknown): void {
    const offset = offsetOf(at);
    this.findings.push({ construct, why: reason.why, instead: reason.instead, ...(offset !== undefined && { offset }) });
  }

  /** A query, a sub-query or the body of a CTE. */
  query(node: Tree, scope: Scope, outer: ReadonlySet<string> = new Set()): Kind {
    const inner = this.withNamed(node, scope, outer);
    const kind = this.queryKind(node, inner, outer);
    this.kinds.set(node, kind);
    return kind;
  }

  private queryKind(node: Tree, scope: Scope, outer: ReadonlySet<string>): Kind {
    const type = textAt(node, 'type');
    if (type === 'SELECT_NODE') return this.select(node, scope, outer);
    if (type === 'SET_OPERATION_NODE') return this.setOperation(node, scope, outer);
    if (type === 'RECURSIVE_CTE_NODE') return this.recursion(node, scope, outer);
    this.refuse(type || 'a query of no known form', REASONS.unknown, node);
    return 'constant';
  }

  /** The names that WITH gives. */
  private withNamed(node: Tree, scope: Scope, outer: ReadonlySet<string>): Scope {
    const named = new Map(scope);
    for (const entry of treesAt(treeAt(node, 'cte_map') ?? {}, 'map')) {
      const body = treeAt(treeAt(treeAt(entry, 'value') ?? {}, 'query') ?? {}, 'node') ?? {};
      named.set(textAt(entry, 'key').toLowerCase(), { kind: this.query(body, named, outer) });
    }
    return named;
  }

  private select(node: Tree, scope: Scope, outer: ReadonlySet<string>): Kind {
    const from = treeAt(node, 'from_table') ?? { type: 'EMPTY' };
    const kind = this.table(from, { kind: 'constant', scope, outer });
    const around = kind === 'records' ? new Set([...outer, ...aliasesOf(from)]) : outer;
    const place: Place = { kind, scope, outer, around };
    if (treeAt(node, 'sample')) this.refuse('USING SAMPLE', REASONS.sample, from);
    if (kind === 'records') this.clauses(node);
    this.modifiers(node, place);
    for (const clause of ['select_list', 'where_clause', 'group_expressions', 'having', 'qualify']) {
      if (kind === 'records' && clause === 'qualify') continue;
      this.expressions.within(node[clause], this.innermost(place, from));
    }
    return kind;
  }

  /** An aggregate without a table of its own is about the rows around it. */
  private innermost(place: Place, from: Tree): Place {
    return place.outer.size > 0 && from.type === 'EMPTY' ? { ...place, kind: 'records' } : place;
  }

  private clauses(node: Tree): void {
    const groups = treesAt(node, 'group_expressions');
    if (groups.length > 0) this.refuse('GROUP BY', REASONS.aggregate, groups);
    else if (node.aggregate_handling === 'FORCE_AGGREGATES') this.refuse('GROUP BY ALL', REASONS.aggregate, node.select_list);
    if (treeAt(node, 'having')) this.refuse('HAVING', REASONS.aggregate, node.having);
    if (treeAt(node, 'qualify')) this.refuse('QUALIFY', REASONS.window, node.qualify);
  }

  /** What stands behind a query: its order, its limits, DISTINCT. */
  private modifiers(node: Tree, place: Place): void {
    for (const modifier of treesAt(node, 'modifiers')) {
      if (place.kind === 'records') this.modifier(modifier, node);
      this.expressions.within(Object.values(modifier), place);
    }
  }

  private modifier(modifier: Tree, node: Tree): void {
    const type = textAt(modifier, 'type');
    const place: unknown = offsetOf(modifier) === undefined ? node.select_list : modifier;
    if (type === 'DISTINCT_MODIFIER') {
      const isOn = treesAt(modifier, 'distinct_on_targets').length > 0;
      this.refuse(isOn ? 'DISTINCT ON' : 'DISTINCT', REASONS.distinct, place);
    } else if (type === 'ORDER_MODIFIER') this.refuse('ORDER BY', REASONS.order, place);
    else if (type === 'LIMIT_MODIFIER' || type === 'LIMIT_PERCENT_MODIFIER') {
      if (treeAt(modifier, 'limit')) this.refuse('LIMIT', REASONS.limit, modifier.limit);
      if (treeAt(modifier, 'offset')) this.refuse('OFFSET', REASONS.limit, modifier.offset);
    } else this.refuse(type, REASONS.unknown, place);
  }

  private setOperation(node: Tree, scope: Scope, outer: ReadonlySet<string>): Kind {
    const sides = [treeAt(node, 'left'), treeAt(node, 'right'), ...treesAt(node, 'children')].filter((side) => side !== undefined);
    const kinds = sides.map((side) => this.query(side, scope, outer));
    const kind = kinds.includes('records') ? 'records' : 'constant';
    const name = textAt(node, 'setop_type').replaceAll('_', ' ');
    if (kind === 'records') this.refuse(name, REASONS.setOperation, sides.at(-1));
    this.modifiers(node, { kind, scope, outer });
    return kind;
  }

  private recursion(node: Tree, scope: Scope, outer: ReadonlySet<string>): Kind {
    const left = this.query(treeAt(node, 'left') ?? {}, scope, outer);
    const own = new Map([...scope, [textAt(node, 'cte_name').toLowerCase(), { kind: left }] as const]);
    const right = this.query(treeAt(node, 'right') ?? {}, own, outer);
    if (left === 'constant' && right === 'constant') return 'constant';
    this.refuse('WITH RECURSIVE', REASONS.recursion, node);
    return 'records';
  }

  /** What stands after FROM. */
  table(table: Tree, place: Place): Kind {
    const kind = this.tableKind(table, place);
    this.kinds.set(table, kind);
    if (treeAt(table, 'sample')) this.refuse('TABLESAMPLE', REASONS.sample, table);
    if (treeAt(table, 'at_clause')) this.refuse('AT', REASONS.unknown, table);
    return kind;
  }

  private tableKind(table: Tree, place: Place): Kind {
    const type = textAt(table, 'type');
    if (type === 'BASE_TABLE') return this.named(table, place.scope);
    if (type === 'JOIN') return this.joins.rowsOf(table, place);
    if (type === 'TABLE_FUNCTION') return this.tableFunction(table, place);
    if (type === 'EMPTY') return 'constant';
    if (type === 'SUBQUERY') return this.query(treeAt(treeAt(table, 'subquery') ?? {}, 'node') ?? {}, place.scope, place.outer);
    if (type === 'EXPRESSION_LIST') this.expressions.within(table.values, place);
    else this.refuse(type === 'SHOW_REF' ? textAt(table, 'show_type') : type, type === 'PIVOT' ? REASONS.pivot : REASONS.unknown, table);
    return 'constant';
  }

  private named(table: Tree, scope: Scope): Kind {
    const name = textAt(table, 'table_name');
    const path = [textAt(table, 'catalog_name'), textAt(table, 'schema_name'), name].filter((part) => part !== '');
    const found = path.length === 1 ? scope.get(name.toLowerCase()) : undefined;
    if (!found) this.refuse(`the table ${JSON.stringify(path.join('.'))}`, REASONS.foreign, table);
    if (found?.isInput) this.inputs.add(table);
    return found?.kind ?? 'constant';
  }

  private tableFunction(table: Tree, place: Place): Kind {
    const call = treeAt(table, 'function') ?? {};
    const name = textAt(call, 'function_name').toLowerCase();
    if (READS_FILES.test(name)) this.refuse(`${name}()`, REASONS.foreign, table);
    else if (!TABLE_FUNCTIONS.has(name)) this.refuse(`the table function ${name}()`, REASONS.unknown, table);
    this.expressions.within(call.children, place);
    return 'constant';
  }

  expression(value: unknown, place: Place): void {
    this.expressions.within(value, place);
  }
}

/** Judges a query over `input`. */
export function judgeTree(statement: Tree, rules: QueryRules): Judgement {
  const judge = new TreeJudge(rules);
  const node = treeAt(statement, 'node') ?? {};
  const kind = judge.query(node, rules.tables);
  const hasInput = [...rules.tables.values()].some((table) => table.isInput);
  if (hasInput && kind === 'constant' && judge.findings.length === 0)
    judge.refuse('a query that does not read input', REASONS.noInput, treeAt(node, 'from_table') ?? node);
  return { findings: judge.findings, kinds: judge.kinds, inputs: judge.inputs, multiplies: judge.multiplies };
}
