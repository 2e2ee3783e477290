import { changesOf, NOW_NAMES } from './catalogue';
import { REASONS } from './finding';
import type { TreeJudge } from './judge-tree';
import type { Place } from './rules';
import { isTree, type Tree, textAt, textsAt, treeAt, treesAt } from './tree';

/** Classes of expressions that answer from one row, whatever stands in them. */
const PLAIN_CLASSES: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'LAMBDA',
  'LAMBDA_REF',
  'POSITIONAL_REFERENCE',
  'STAR',
]);

/** Operators of one row. */
const OPERATORS: ReadonlySet<string> = new Set([
  'ARRAY_CONSTRUCTOR',
  'ARRAY_EXTRACT',
  'ARRAY_SLICE',
  'ARROW',
  'COMPARE_IN',
  'COMPARE_NOT_IN',
  'OPERATOR_CAST',
  'OPERATOR_COALESCE',
  'OPERATOR_IS_NOT_NULL',
  'OPERATOR_IS_NULL',
  'OPERATOR_NOT',
  'OPERATOR_NULLIF',
  'OPERATOR_TRY',
  'OPERATOR_UNPACK',
  'STRUCT_EXTRACT',
]);

/** A function's name as people write it. */
const shown = (name: string): string => (name === 'count_star' ? 'count(*)' : `${name}()`);

/** Judges the expressions of a query. */
export class ExpressionJudge {
  constructor(private readonly judge: TreeJudge) {}

  /** Every expression of a list, of a tree or within one. */
  within(value: unknown, place: Place): void {
    if (Array.isArray(value)) for (const one of value) this.within(one, place);
    else if (isTree(value)) this.one(value, place);
  }

  private one(tree: Tree, place: Place): void {
    const kind = textAt(tree, 'class');
    if (kind === 'SUBQUERY') this.subquery(tree, place);
    else if (kind === 'FUNCTION') this.call(tree, place);
    else if (kind === 'WINDOW') this.window(tree, place);
    else if (kind === 'COLUMN_REF') this.column(tree);
    else if (kind === 'OPERATOR') this.operator(tree);
    else if (kind !== '' && !PLAIN_CLASSES.has(kind)) this.judge.refuse(`an expression of the class ${kind}`, REASONS.unknown, tree);
    for (const [key, inner] of Object.entries(tree)) {
      // A sub-query has its own names, and of a constant only its value matters.
      if (!(kind === 'SUBQUERY' && key === 'subquery') && !(kind === 'CONSTANT')) this.within(inner, place);
    }
  }

  private subquery(tree: Tree, { scope, outer, around = outer }: Place): void {
    const node = treeAt(treeAt(tree, 'subquery') ?? {}, 'node') ?? {};
    if (this.judge.query(node, scope, around) === 'records') this.judge.refuse('a sub-query over input', REASONS.subquery, tree);
  }

  private call(tree: Tree, place: Place): void {
    const name = textAt(tree, 'function_name').toLowerCase();
    const { catalogue } = this.judge.rules;
    const traits = catalogue.get(name);
    if (!traits) {
      this.judge.refuse(`the function ${name}()`, REASONS.noFunction, tree);
      return;
    }
    const changes = changesOf(catalogue, name, treesAt(tree, 'children').length);
    if (changes !== undefined) this.judge.refuse(`${name}()`, { ...REASONS.changing, why: changes }, tree);
    if (traits.reads) this.judge.refuse(`${name}()`, REASONS.foreign, tree);
    if (traits.unnests && place.kind === 'records') this.judge.multiplies = true;
    if (!traits.isAggregate) return;
    if (place.kind === 'records') this.judge.refuse(`the aggregate ${shown(name)}`, REASONS.aggregate, tree);
    else if (this.isOfOuterRows(tree, place)) this.judge.refuse(`the aggregate ${shown(name)} of input`, REASONS.aggregate, tree);
  }

  /** Whether an aggregate names columns of the query around it and no others: it is then computed there. */
  private isOfOuterRows(tree: Tree, { outer }: Place): boolean {
    const columns = columnsIn(tree.children);
    return columns.length > 0 && columns.every(([table = '', ...more]) => more.length > 0 && outer.has(table.toLowerCase()));
  }

  private window(tree: Tree, { kind }: Place): void {
    const name = textAt(tree, 'function_name').toLowerCase();
    if (kind === 'records') this.judge.refuse(`the window function ${name}()`, REASONS.window, tree);
  }

  private column(tree: Tree): void {
    const [name = '', ...more] = textsAt(tree, 'column_names');
    const lower = name.toLowerCase();
    if (more.length > 0 || !NOW_NAMES.has(lower)) return;
    const isColumn = this.judge.rules.columns?.some((column) => column.toLowerCase() === lower);
    if (!isColumn) this.judge.refuse(lower, { ...REASONS.changing, why: 'answers otherwise in each chunk and at each attempt' }, tree);
  }

  private operator(tree: Tree): void {
    const type = textAt(tree, 'type');
    if (type === 'GROUPING_FUNCTION') this.judge.refuse('GROUPING()', REASONS.aggregate, tree);
    else if (!OPERATORS.has(type)) this.judge.refuse(`the operator ${type}`, REASONS.unknown, tree);
  }
}

function columnsIn(value: unknown): readonly (readonly string[])[] {
  if (Array.isArray(value)) return value.flatMap(columnsIn);
  if (!isTree(value)) return [];
  if (value.class === 'COLUMN_REF') return [textsAt(value, 'column_names')];
  return Object.values(value).flatMap(columnsIn);
}
