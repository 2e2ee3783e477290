import { type Check, type Chunk, type Failure, type Marker, type QualityFinding, rowsOf } from '../contracts';
import { CHECKS, createFailure } from '../failures';
import { COMPARISON, type QualityRule } from '../spec/sections/quality';

/** What the chunks of a run found, and how they are judged together. */
export interface Findings {
  readonly rules: readonly QualityRule[];
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  /** For each rule about keys of the whole run: rows of different chunks that have the same key. */
  readonly shared: ReadonlyMap<number, number>;
}

/** Whether a rule needs no more than the number of rows, which every marker tells. */
export const countsRowsOnly = ({ rows }: QualityRule): boolean => rows !== undefined;

export const keysOf = ({ unique = [] }: QualityRule): readonly string[] => (typeof unique === 'string' ? [unique] : unique);

/** Whether a rule's keys must be told apart over all chunks. */
export const isOfRun = ({ unique, scope }: QualityRule): boolean => unique !== undefined && scope !== 'chunk';

const range = ({ min, max }: QualityRule): string => {
  if (min === undefined) return `<= ${max}`;
  return max === undefined ? `>= ${min}` : `from ${min} to ${max}`;
};

/** How a rule is called in the report. */
export function nameOf(rule: QualityRule): string {
  if (rule.name !== undefined) return rule.name;
  if (rule.rows !== undefined) return 'rows';
  if (rule.unique !== undefined) return `${keysOf(rule).join(', ')} is unique${isOfRun(rule) ? '' : ' within a chunk'}`;
  if (rule.sql !== undefined) return rule.sql;
  return rule.notNull ? `${rule.column} is not null` : `${rule.column} ${range(rule)}`;
}

type Verdict = Pick<Check, 'ok' | 'expected' | 'actual'>;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
};

function judgeRows(comparison: string, rows: number): Verdict {
  const [, operator = '', limit = ''] = COMPARISON.exec(comparison) ?? [];
  return { ok: COMPARE[operator]?.(rows, Number(limit)) ?? false, expected: comparison, actual: String(rows) };
}

function judgeColumn(rule: QualityRule, found: readonly QualityFinding[]): Verdict {
  const violations = sum(found.map((one) => one.violations ?? 0));
  const rows = sum(found.map((one) => one.rows));
  const expected = rule.notNull ? 'no row without a value' : `every value ${range(rule)}`;
  const examples = found.flatMap(({ example }) => example ?? []).slice(0, 1);
  return {
    ok: violations === 0,
    expected,
    actual: [`${violations} of ${rows} rows break it`, ...examples.map((one) => `such as ${one}`)].join(', '),
  };
}

function judgeUnique(rule: QualityRule, found: readonly QualityFinding[], shared: number | undefined): Verdict {
  const within = sum(found.map((one) => one.violations ?? 0));
  const expected = 'no key twice';
  if (!isOfRun(rule)) return { ok: within === 0, expected, actual: `${within} rows repeat a key of their chunk` };
  if (shared === undefined) return { ok: false, expected, actual: 'the keys of the chunks were not compared' };
  return { ok: within + shared === 0, expected, actual: `${within + shared} rows repeat a key` };
}

const FOLDS = { sum, min: (values: readonly number[]) => Math.min(...values), max: (values: readonly number[]) => Math.max(...values) };

function judgeSql(rule: QualityRule, found: readonly QualityFinding[]): Verdict {
  const expected = rule.equals === undefined ? range(rule) : `= ${rule.equals}`;
  const fold = rule.fold ?? 'sum';
  if (found.length === 0 && fold !== 'sum') return { ok: true, expected, actual: 'no rows' };
  const value = FOLDS[fold](found.map((one) => one.value ?? 0));
  const { equals = value, min = value, max = value } = rule;
  return { ok: value === equals && value >= Number(min) && value <= Number(max), expected, actual: String(value) };
}

function judge(rule: QualityRule, index: number, { leaves, markers, shared }: Findings): Verdict {
  const mine = leaves.flatMap(({ id }) => markers.get(id) ?? []);
  if (rule.rows !== undefined) return judgeRows(rule.rows, sum(mine.map(({ counts }) => rowsOf(counts))));
  const withRows = mine.filter(({ counts }) => rowsOf(counts) > 0);
  const found = withRows.flatMap(({ quality = [] }) => quality.filter((one) => one.rule === index));
  if (found.length < withRows.length) {
    return { ok: false, expected: 'every chunk is looked at', actual: `${withRows.length - found.length} of ${withRows.length} were not` };
  }
  if (rule.unique !== undefined) return judgeUnique(rule, found, shared.get(index));
  return rule.sql === undefined ? judgeColumn(rule, found) : judgeSql(rule, found);
}

/** One check for each rule of a run. */
export const qualityChecks = (findings: Findings): readonly Check[] =>
  findings.rules.map((rule, index) => ({
    name: `quality: ${nameOf(rule)}`,
    ...judge(rule, index, findings),
    ...(rule.severity === 'warn' && { severity: rule.severity }),
  }));

/** The failure of a run that breaks a rule which is not only to warn; undefined when it keeps them all. */
export function qualityFailure(checks: readonly Check[]): Failure | undefined {
  const broken = checks.filter(({ ok, severity }) => !ok && severity !== 'warn');
  const [first] = broken;
  if (!first) return undefined;
  const more = broken.length > 1 ? `; ${broken.length - 1} more are broken` : '';
  return createFailure(
    {
      class: 'DATA',
      message: `a rule of the output is broken: ${first.name}: expected ${first.expected}, found ${first.actual}${more}`,
      hint: 'nothing was published: correct the file, the processor, or the rule under quality in the spec',
    },
    CHECKS,
  );
}
