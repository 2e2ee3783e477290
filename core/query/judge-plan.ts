import { type Catalogue, changesOf } from './catalogue';
import { type QueryFinding, REASONS } from './finding';
import { isTree, offsetOf, type Tree, textAt, treeAt, treesAt } from './tree';

/** What the bound plan of a query is judged by. Its tables are empty ones of the same names and columns. */
export interface PlanRules {
  readonly catalogue: Catalogue;
  /** The table whose rows are records. */
  readonly input: string;
  readonly lookups: readonly string[];
}

/** Operators that treat each row by itself. */
const ROW_BY_ROW: ReadonlySet<string> = new Set(['LOGICAL_PROJECTION', 'LOGICAL_FILTER', 'LOGICAL_UNNEST']);
const JOINS: ReadonlySet<string> = new Set([
  'LOGICAL_ANY_JOIN',
  'LOGICAL_COMPARISON_JOIN',
  'LOGICAL_CROSS_PRODUCT',
  'LOGICAL_DELIM_JOIN',
  'LOGICAL_DEPENDENT_JOIN',
]);
/** Operators over several rows: for lookups alone. */
const SET_BASED: ReadonlySet<string> = new Set([
  'LOGICAL_AGGREGATE_AND_GROUP_BY',
  'LOGICAL_DISTINCT',
  'LOGICAL_EXCEPT',
  'LOGICAL_INTERSECT',
  'LOGICAL_LIMIT',
  'LOGICAL_ORDER_BY',
  'LOGICAL_RECURSIVE_CTE',
  'LOGICAL_TOP_N',
  'LOGICAL_UNION',
  'LOGICAL_WINDOW',
]);
/** Rows that come from nowhere else. */
const LEAVES: ReadonlySet<string> = new Set([
  'LOGICAL_CHUNK_GET',
  'LOGICAL_DELIM_GET',
  'LOGICAL_DUMMY_SCAN',
  'LOGICAL_EMPTY_RESULT',
  'LOGICAL_EXPRESSION_GET',
]);
const GENERATORS: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree']);

/** Join types by the side of the records; SINGLE and MARK are how a sub-query is joined to the row that asks it. */
const KEEPS_LEFT: ReadonlySet<string> = new Set(['INNER', 'LEFT', 'SEMI', 'ANTI', 'SINGLE', 'MARK', '']);
const KEEPS_RIGHT: ReadonlySet<string> = new Set(['INNER', 'RIGHT', 'RIGHT_SEMI', 'RIGHT_ANTI', '']);

/** DuckDB numbers the rows that a lateral sub-query asks, to find them again; no text of the query says so. */
const isOwnNumbering = (operator: Tree): boolean =>
  operator.type === 'LOGICAL_WINDOW' &&
  treesAt(operator, 'expressions').every(
    (one) => one.type === 'WINDOW_ROW_NUMBER' && one.alias === 'delim_index' && offsetOf(one) === undefined,
  );

/** Walks DuckDB's bound plan, in which macros, stars and overloads are resolved. */
class PlanJudge {
  readonly findings: QueryFinding[] = [];
  /** Whether a CTE gives records, by its index. */
  private readonly named = new Map<unknown, boolean>();

  constructor(private readonly rules: PlanRules) {}

  private refuse(construct: string, reason: Pick<QueryFinding, 'why' | 'instead'>, at: unknown): void {
    const offset = offsetOf(at);
    this.findings.push({ construct, why: reason.why, instead: reason.instead, ...(offset !== undefined && { offset }) });
  }

  /** Whether an operator's rows are records. */
  gives(operator: Tree): boolean {
    const type = textAt(operator, 'type');
    for (const [key, value] of Object.entries(operator)) if (key !== 'children') this.calls(value);
    if (type === 'LOGICAL_GET') return this.scan(operator);
    if (type === 'LOGICAL_CTE_REF') return this.named.get(operator.cte_index) ?? false;
    if (type === 'LOGICAL_MATERIALIZED_CTE') return this.withNamed(operator);
    const children = treesAt(operator, 'children');
    const sides = children.map((child) => this.gives(child));
    const isOfRecords = sides.includes(true);
    if (JOINS.has(type)) this.join(operator, sides);
    else if (isOwnNumbering(operator)) return isOfRecords;
    else if (SET_BASED.has(type) && isOfRecords) this.refuse(`the operator ${type} over input`, REASONS.aggregate, operator);
    else if (!ROW_BY_ROW.has(type) && !SET_BASED.has(type) && !LEAVES.has(type))
      this.refuse(`the operator ${type}`, REASONS.unknown, operator);
    return isOfRecords;
  }

  private withNamed(operator: Tree): boolean {
    const [body = {}, query = {}] = treesAt(operator, 'children');
    this.named.set(operator.table_index, this.gives(body));
    return this.gives(query);
  }

  private join(operator: Tree, [left = false, right = false]: readonly boolean[]): void {
    if (left && right) this.refuse('a second look at input', REASONS.selfJoin, operator);
    const type = textAt(operator, 'join_type');
    const isFine = (!left || KEEPS_LEFT.has(type)) && (!right || KEEPS_RIGHT.has(type));
    if (!isFine) this.refuse(`a ${type} join`, REASONS.outerJoin, operator);
  }

  private scan(operator: Tree): boolean {
    const name = textAt(operator, 'name');
    const table = textAt(treeAt(operator, 'function_data') ?? {}, 'table');
    if (name === 'seq_scan' && table === this.rules.input) return true;
    const isKnown = name === 'seq_scan' ? this.rules.lookups.includes(table) : GENERATORS.has(name);
    if (!isKnown) this.refuse(name === 'seq_scan' ? `the table ${JSON.stringify(table)}` : `${name}()`, REASONS.foreign, operator);
    return false;
  }

  /** Functions that expressions call. */
  private calls(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) this.calls(one);
    if (!isTree(value)) return;
    if (value.expression_class === 'BOUND_FUNCTION') {
      const name = textAt(value, 'name').toLowerCase();
      const changes = changesOf(this.rules.catalogue, name, treesAt(value, 'children').length);
      if (changes !== undefined) this.refuse(`${name}()`, { ...REASONS.changing, why: changes }, value);
    }
    for (const inner of Object.values(value)) this.calls(inner);
  }
}

/** Judges the bound plan of a query, as `json_serialize_plan` writes it. */
export function judgePlan(plan: Tree, rules: PlanRules): readonly QueryFinding[] {
  const judge = new PlanJudge(rules);
  const isOfRecords = treesAt(plan, 'plans').map((one) => judge.gives(one));
  if (!isOfRecords.includes(true)) return [...judge.findings, { construct: 'a query that does not read input', ...REASONS.noInput }];
  return judge.findings;
}
