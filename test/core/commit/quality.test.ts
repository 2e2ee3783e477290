import fc from 'fast-check';
import { qualityChecks, qualityFailure } from '../../../core/commit/quality';
import type { QualityFinding } from '../../../core/contracts';
import { QualityRule } from '../../../core/spec/sections/quality';
import { aMarker } from '../../support/records';

const RANGE = { start: 0, end: 10 };
const aRule = (rule: object) => QualityRule.parse(rule);

/** One check for a rule over chunks that found these things, each in so many rows. */
function judged(rule: object, chunks: readonly (Omit<QualityFinding, 'rule'> | number)[], shared = new Map<number, number>()) {
  const found = chunks.map((chunk) => (typeof chunk === 'number' ? { rows: chunk } : chunk));
  const markers = found.map((finding, i) => {
    const quality = typeof chunks[i] === 'number' ? [] : [{ rule: 0, ...finding }];
    const counts = { read: finding.rows, written: finding.rows, filtered: 0, quarantined: 0 };
    return aMarker(String(i), RANGE, { counts, quality });
  });
  const leaves = markers.map(({ chunk }) => ({ id: chunk, ranges: [{ object: 0, ...RANGE }] }));
  return qualityChecks({ rules: [aRule(rule)], leaves, markers: new Map(markers.map((marker) => [marker.chunk, marker])), shared })[0];
}

test.each([
  ['>= 1', [0, 0], false],
  ['>= 1', [0, 1], true],
  ['> 3', [1, 2], false],
  ['<= 3', [1, 2], true],
  ['< 3', [1, 2], false],
  ['= 3', [1, 2], true],
  ['=4', [1, 2], false],
])('rows %s over chunks of %j rows is %s', (rows, chunks, ok) => {
  expect(judged({ rows }, chunks)).toEqual({
    name: 'quality: rows',
    ok,
    expected: rows,
    actual: String(chunks.reduce((sum, one) => sum + one, 0)),
  });
});

test.each([
  [{ column: 'a', notNull: true }, 'a is not null', 'no row without a value'],
  [{ column: 'a', min: 0 }, 'a >= 0', 'every value >= 0'],
  [{ column: 'a', max: 'x' }, 'a <= x', 'every value <= x'],
  [{ column: 'a', min: -1, max: 1 }, 'a from -1 to 1', 'every value from -1 to 1'],
  [{ column: 'a', min: -1, name: 'mine' }, 'mine', 'every value >= -1'],
])('%j adds up what the chunks found', (rule, name, expected) => {
  const chunks = [
    { rows: 3, violations: 0 },
    { rows: 4, violations: 1, example: '-5' },
    { rows: 5, violations: 2, example: '-7' },
  ];

  expect(judged(rule, chunks.slice(0, 1))).toEqual({ name: `quality: ${name}`, ok: true, expected, actual: '0 of 3 rows break it' });
  expect(judged(rule, chunks)).toMatchObject({ ok: false, actual: '3 of 12 rows break it, such as -5' });
});

test.each([
  ['the sum', undefined, 7],
  ['the least', 'min' as const, 2],
  ['the greatest', 'max' as const, 5],
])("of the chunks' answers to a query %s is judged", (_name, fold, value) => {
  const chunks = [
    { rows: 1, value: 5 },
    { rows: 1, value: 2 },
  ];
  const rule = (limits: object) => judged({ sql: 'SELECT 1', ...limits, ...(fold && { fold }) }, chunks);

  expect(rule({ equals: value })).toMatchObject({ name: 'quality: SELECT 1', ok: true, expected: `= ${value}`, actual: String(value) });
  expect([rule({ equals: value + 1 }), rule({ min: value + 1 }), rule({ max: value - 1 })].map((check) => check?.ok)).toEqual([
    false,
    false,
    false,
  ]);
  expect([rule({ min: value }), rule({ max: value }), rule({ min: value, max: value })].map((check) => check?.ok)).toEqual([
    true,
    true,
    true,
  ]);
});

describe('unique keys', () => {
  const chunks = [
    { rows: 9, violations: 0 },
    { rows: 9, violations: 2 },
  ];

  test('within chunks are judged by the chunks alone', () => {
    expect(judged({ unique: 'a', scope: 'chunk' }, chunks)).toMatchObject({ name: 'quality: a is unique within a chunk', ok: false });
    expect(judged({ unique: 'a', scope: 'chunk' }, chunks.slice(0, 1))).toMatchObject({ ok: true });
  });

  test('of a run are judged with what chunks share', () => {
    const one = chunks.slice(0, 1);

    expect(judged({ unique: ['a', 'b'] }, one, new Map([[0, 0]]))).toMatchObject({ name: 'quality: a, b is unique', ok: true });
    expect(judged({ unique: 'a' }, one, new Map([[0, 3]]))).toMatchObject({ ok: false, actual: '3 rows repeat a key' });
    expect(judged({ unique: 'a' }, chunks, new Map([[0, 3]]))).toMatchObject({ ok: false, actual: '5 rows repeat a key' });
    expect(judged({ unique: 'a' }, one)).toMatchObject({ ok: false, actual: 'the keys of the chunks were not compared' });
  });
});

test('a chunk with rows that nobody looked at breaks the rule, one without rows does not', () => {
  expect(judged({ column: 'a', notNull: true }, [{ rows: 3, violations: 0 }, 0])).toMatchObject({ ok: true });
  expect(judged({ column: 'a', notNull: true }, [{ rows: 3, violations: 0 }, 5])).toMatchObject({
    ok: false,
    expected: 'every chunk is looked at',
    actual: '1 of 2 were not',
  });
});

test('however the rows fall into chunks, the verdict is the same', () => {
  const value = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null });
  fc.assert(
    fc.property(fc.array(fc.array(value)), (chunks) => {
      const find = (rows: readonly (number | null)[]) => ({
        rows: rows.length,
        violations: rows.filter((one) => one !== null && one < -1).length,
        value: rows.filter((one) => one === null).length,
      });
      const verdicts = (split: readonly (readonly (number | null)[])[]) =>
        [{ column: 'a', min: -1 }, { sql: 'SELECT 1', max: 2 }, { rows: '> 4' }].map((rule) => judged(rule, split.map(find))?.ok);

      expect(verdicts(chunks)).toEqual(verdicts([chunks.flat()]));
    }),
  );
});

test('the first rule that is broken and does not only warn is the failure of the run', () => {
  const check = { name: 'quality: a', ok: false, expected: '1', actual: '2' };

  expect(
    qualityFailure([
      { ...check, ok: true },
      { ...check, severity: 'warn' },
    ]),
  ).toBeUndefined();
  expect(qualityFailure([{ ...check, severity: 'warn' }, check, { ...check, name: 'b' }])).toMatchObject({
    class: 'DATA',
    message: 'a rule of the output is broken: quality: a: expected 1, found 2; 1 more are broken',
  });
});
