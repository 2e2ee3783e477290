import { skipsAllowed } from '../assess/skip-limit';
import { isNumeral, joinKinds, type Kind } from './kinds';

/** What a column's values have shown to be, and which type follows from that. */

/** How many records may contradict an inferred type. */
export interface Tolerance {
  /** The job's own. */
  readonly skipLimit: number | string;
  /** Bytes of the run for each one that is sampled. @default 1: the samples are all there is */
  readonly bytesPerSampled?: number;
}

export const NO_TOLERANCE: Tolerance = { skipLimit: 0 };

/** Values of a kind, as far as they matter. */
interface Group {
  count: number;
  /** Numbers of the first of their records. */
  readonly records: number[];
  readonly first: string;
  readonly where: string;
}

/** A kind, or `numeral`: a text that is a number to people but would not be written back the same, such as `007`. */
type Shade = Kind | 'numeral';

export interface SeenValue {
  readonly kind: Kind;
  readonly text: string;
  /** Number of the record among all samples, and how it is called. */
  readonly record: number;
  readonly where: () => string;
}

/** More misfits are no slips. */
const MAX_KEPT_RECORDS = 10_000;
/** Of the values of a column, one in so many may be a misfit, whatever the limit says: more of them are values of another kind. */
const FITTING_FOR_MISFIT = 9;
/** One misfit counts as a slip when at least this many values fit, even if that is more than one in ten. */
const FITTING_FOR_ONE = 3;
const SHOWN_CHARACTERS = 40;

const FAMILIES: readonly (readonly Kind[])[] = [['integer', 'number'], ['boolean'], ['date', 'timestamp']];
const NOUNS: Readonly<Partial<Record<Kind, string>>> = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

/** All values of one column. */
export class ColumnKinds {
  private readonly groups = new Map<Shade, Group>();

  add({ kind, text, record, where }: SeenValue): void {
    const shade: Shade = kind === 'text' && isNumeral(text) ? 'numeral' : kind;
    const group = this.groups.get(shade) ?? { count: 0, records: [], first: text.slice(0, SHOWN_CHARACTERS), where: where() };
    this.groups.set(shade, group);
    group.count++;
    if (group.records.length <= MAX_KEPT_RECORDS) group.records.push(record);
  }

  get values(): number {
    return [...this.groups.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** The kind that fits every value; undefined where none was seen. */
  get joined(): Kind | undefined {
    return joinAll([...this.groups.keys()]);
  }

  /** The kind that most values have, and the others; undefined where all fit, or no kind stands out. */
  get candidate(): Candidate | undefined {
    const family = FAMILIES.toSorted((a, b) => this.countOf(b) - this.countOf(a))[0] ?? [];
    const fitting = this.countOf(family);
    const others = [...this.groups].filter(([shade]) => !(family as readonly Shade[]).includes(shade));
    if (fitting * 2 <= this.values || others.length === 0) return undefined;
    const kind = joinAll(family.filter((one) => this.groups.has(one))) ?? 'any';
    const misfits = this.values - fitting;
    const isSlip =
      (misfits * FITTING_FOR_MISFIT <= fitting || (misfits === 1 && fitting >= FITTING_FOR_ONE)) &&
      others.every(([shade, { records }]) => shade !== 'numeral' && shade !== 'any' && records.length <= MAX_KEPT_RECORDS);
    return { kind, misfits, isSlip, records: others.flatMap(([, { records }]) => records), why: this.why(kind, misfits, others) };
  }

  private countOf(shades: readonly Shade[]): number {
    return shades.reduce((sum, shade) => sum + (this.groups.get(shade)?.count ?? 0), 0);
  }

  private why(kind: Kind, misfits: number, others: readonly (readonly [Shade, Group])[]): string {
    const [first] = others.map(([, group]) => group).toSorted((a, b) => (a.records[0] ?? 0) - (b.records[0] ?? 0));
    const noun = NOUNS[kind] ?? kind;
    const said = misfits === 1 ? `is no ${noun}` : `are no ${noun}s`;
    return `${misfits} of ${this.values} sampled values ${said}, as they are written, the first being ${JSON.stringify(first?.first ?? '')} in ${first?.where ?? ''}`;
  }
}

export interface Candidate {
  readonly kind: Kind;
  readonly misfits: number;
  /** Whether the misfits may be slips and no values of another kind. */
  readonly isSlip: boolean;
  /** Of the misfits. */
  readonly records: readonly number[];
  /** What speaks against the kind. */
  readonly why: string;
}

const joinAll = (shades: readonly Shade[]): Kind | undefined =>
  shades.map((shade) => (shade === 'numeral' ? 'text' : shade)).reduce<Kind | undefined>(joinKinds, undefined);

/** A share is known no better from a sample than by one record. */
function recordsAllowed({ skipLimit, bytesPerSampled = 1 }: Tolerance, records: number): number {
  const inRun = skipsAllowed(skipLimit, Math.round(records * Math.max(1, bytesPerSampled)));
  return typeof skipLimit === 'number' ? inRun : Math.min(inRun, Math.max(1, skipsAllowed(skipLimit, records)));
}

/** The columns whose misfits, taken together, the job would set aside rather than fail: those with the fewest first. */
export function tolerable(columns: ReadonlyMap<string, ColumnKinds>, records: number, tolerance: Tolerance): ReadonlySet<string> {
  const allowed = recordsAllowed(tolerance, records);
  const slips = [...columns].flatMap(([name, { candidate }]) => (candidate?.isSlip ? [{ name, candidate }] : []));
  const bad = new Set<number>();
  const names = new Set<string>();
  for (const { name, candidate } of slips.toSorted((a, b) => a.candidate.misfits - b.candidate.misfits)) {
    const more = candidate.records.filter((record) => !bad.has(record));
    if (bad.size + more.length > allowed) continue;
    for (const record of more) bad.add(record);
    names.add(name);
  }
  return names;
}
