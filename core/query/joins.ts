import { REASONS } from './finding';
import type { TreeJudge } from './judge-tree';
import type { Kind, Place } from './rules';
import { type Tree, textAt, treeAt } from './tree';

/** Joins that give only rows of a record, by the side on which the records stand. */
const ALLOWED: Readonly<Record<'left' | 'right', ReadonlySet<string>>> = {
  left: new Set(['INNER', 'LEFT', 'SEMI', 'ANTI']),
  right: new Set(['INNER', 'RIGHT']),
};
/** Of a record they keep one row at most. */
const SELECTING: ReadonlySet<string> = new Set(['SEMI', 'ANTI']);
const REFERENCES: ReadonlySet<string> = new Set(['REGULAR', 'NATURAL', 'CROSS', 'DEPENDENT']);

/** Joins that a lookup's order or its ties would decide. */
const BY_POSITION: Readonly<Record<string, { readonly why: string; readonly instead: string }>> = {
  POSITIONAL: {
    why: 'matches rows by where they stand, which is another place in each chunk',
    instead: 'join on a column whose values are unique in the lookup',
  },
  ASOF: {
    why: 'may take any of the rows that are equally near',
    instead: 'find the nearest row in a correlated sub-query over the lookup, with max or min',
  },
};

/** What a name in FROM is called by the expressions around it. */
export const aliasOf = (table: Tree): string => (textAt(table, 'alias') || textAt(table, 'table_name')).toLowerCase();

/** The names under which a table's own columns are known. */
export function aliasesOf(table: Tree): readonly string[] {
  if (table.type !== 'JOIN') return [aliasOf(table)].filter((alias) => alias !== '');
  return [treeAt(table, 'left'), treeAt(table, 'right')].flatMap((side) => (side ? aliasesOf(side) : []));
}

interface Sides {
  readonly left: Kind;
  readonly right: Kind;
}

/** Decides which joins give only rows of a record. */
export class JoinRules {
  constructor(private readonly judge: TreeJudge) {}

  /** The kind of the joined rows. */
  rowsOf(join: Tree, place: Place): Kind {
    const leftTable = treeAt(join, 'left') ?? {};
    const left = this.judge.table(leftTable, place);
    const beside = left === 'records' ? new Set([...place.outer, ...aliasesOf(leftTable)]) : place.outer;
    const right = this.judge.table(treeAt(join, 'right') ?? {}, { ...place, outer: beside });
    const kind = left === 'records' || right === 'records' ? 'records' : 'constant';
    if (kind === 'records') this.check(join, { left, right });
    this.judge.expression(join.condition, { ...place, kind });
    return kind;
  }

  private check(join: Tree, { left, right }: Sides): void {
    const type = textAt(join, 'join_type');
    const reference = textAt(join, 'ref_type');
    if (!SELECTING.has(type)) this.judge.multiplies = true;
    const positional = BY_POSITION[reference];
    if (left === 'records' && right === 'records') this.judge.refuse('a join of input with itself', REASONS.selfJoin, join.right);
    else if (positional) this.judge.refuse(`${reference} JOIN`, positional, join);
    else if (!REFERENCES.has(reference)) this.judge.refuse(`${reference} JOIN`, REASONS.unknown, join);
    else if (!ALLOWED[left === 'records' ? 'left' : 'right'].has(type)) this.judge.refuse(`${type} JOIN`, REASONS.outerJoin, join);
  }
}
