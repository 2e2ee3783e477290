import { runInNewContext } from 'node:vm';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { patternProblem, translatePattern } from '../../../core/json-schema/pattern/translate';
import { compilePattern } from '../../../worker/schema/pattern';

/** A pattern means in RE2, as DuckDB and as the validator run it, what ECMA-262 says it means: its own engine is the judge. */

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(() => connection.closeSync());

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A text with a NUL cannot stand in a statement as it is. */
const textOf = (text: string): string =>
  text === '' ? "''" : [...text].map((character) => (character === '\0' ? 'chr(0)' : literal(character))).join(' || ');

async function inDuckDb(re2: string, texts: readonly string[]): Promise<readonly boolean[]> {
  const cells = texts.map((text, i) => `regexp_matches(${textOf(text)}, ${literal(re2)}) AS c${i}`).join(', ');
  const [row] = (await connection.runAndReadAll(`SELECT ${cells}`)).getRowsJson();
  return (row ?? []).map(Boolean);
}

const CHARACTERS = [
  'a',
  'b',
  'A',
  '1',
  '_',
  '-',
  ' ',
  '\n',
  '\r',
  '\t',
  '\u00a0',
  '\u2028',
  'é',
  'ſ',
  'K',
  '😀',
  '(',
  '$',
  '^',
  '\\',
  ']',
  '/',
  '\0',
  '\u{10ffff}',
];
const ATOMS = [
  ...[
    'a',
    'b',
    '1',
    '.',
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '[ab]',
    '[^a]',
    '[a-z]',
    '[\\w-]',
    '[^\\s\\d]',
    '[]',
    '[^]',
    '😀',
    '[😀-😂]',
  ],
  ...[
    '\\n',
    '\\t',
    '\\cJ',
    '\\x61',
    '\\u0061',
    '\\u{1F600}',
    '\\ud83d\\ude00',
    '[\\0]',
    '\\$',
    '\\^',
    '\\/',
    '\\\\',
    '[\\]^]',
    '[\\b]',
    '[$(]',
    'é',
    '-',
  ],
  ...['\\p{L}', '\\P{L}', '[\\p{Lu}_]', '\\p{Script=Greek}', '\\b', '^', '$'],
];
const isAssertion = (atom: string): boolean => ['\\b', '^', '$'].includes(atom);
const QUANTIFIERS = ['', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '{0}', '*?', '{1,3}?'];

const { pattern } = fc.letrec<{ pattern: string; sequence: string; piece: string }>((tie) => ({
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  sequence: fc.array(tie('piece'), { maxLength: 4 }).map((parts) => parts.join('')),
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(fc.constantFrom(...ATOMS), fc.constantFrom(...QUANTIFIERS)).map(([atom, times]) => (isAssertion(atom) ? atom : atom + times)),
    fc
      .tuple(fc.constantFrom('(', '(?:'), tie('pattern'), fc.constantFrom(...QUANTIFIERS))
      .map(([open, inner, times]) => `${open}${inner})${times}`),
  ),
}));
const texts = fc.array(
  fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 6 }).map((parts) => parts.join('')),
  { minLength: 6, maxLength: 12 },
);

/** What is refused otherwise is a mistake of the translation. */
const isSmall = (source: string): boolean => !/^(?:is too large|repeats)/.test(patternProblem(source) ?? '');

test('JavaScript, RE2 in JavaScript and DuckDB find the same, for any pattern that is accepted and any text', async () => {
  await fc.assert(
    fc.asyncProperty(pattern, texts, async (source, given) => {
      fc.pre(isSmall(source));
      const expected = given.map((text) => new RegExp(source, 'u').test(text));
      const { re2 } = translatePattern(source);
      const automaton = RE2JS.compile(re2);
      const test = compilePattern(source);

      const found = {
        re2js: given.map((text) => automaton.test(text)),
        validator: given.map((text) => test.test(text)),
        duckDb: await inDuckDb(re2, given),
      };

      expect({ source, re2, given, ...found }).toEqual({ source, re2, given, re2js: expected, validator: expected, duckDb: expected });
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['(?=a)b', 'looks around ((?=…), which RE2 has not'],
  ['(?<!a)b', 'looks around ((?<!…), which RE2 has not'],
  ['(a)\\1', 'refers back to a group (\\1), which takes more than linear time'],
  ['(?<x>a)\\k<x>', 'refers back to a group (\\k), which takes more than linear time'],
  ['(', 'is no pattern of ECMA-262: Unterminated group'],
  ['a{2', 'is no pattern of ECMA-262: Incomplete quantifier'],
  ['\\ud800', 'names half of a surrogate pair (\\ud800)'],
  ['a{1001}', 'repeats a part 1001 times, nested repetitions multiplied, allowed: 1000'],
  ['(?:a{40}){40}', 'repeats a part 1600 times, nested repetitions multiplied, allowed: 1000'],
  ['\\p{L}{100}', expect.stringMatching(/^is too large once its repetitions are written out: \d+, allowed: 10000$/)],
])('%j is refused by name', (source, problem) => {
  expect(patternProblem(source)).toEqual(problem);
});

test.each([
  '(?<year>\\d{4})-x',
  '^(?:[0-9a-f]{4}-){3}$',
  'a{1000}',
  '(?:ab?){500}',
  '[\\u4e00-\\u9fff]{400}',
  '\\p{L}+',
  '\\p{L}{2}',
  '[^]{1000}',
  '(?:é|ü){500}',
])('%j is accepted, and both engines compile it', async (source) => {
  const { re2 } = translatePattern(source);

  expect(() => RE2JS.compile(re2)).not.toThrow();
  expect(await inDuckDb(re2, ['x'])).toEqual([new RegExp(source, 'u').test('x')]);
});

/** A backtracking engine takes longer than the universe has; a machine that is busy does not take so long. */
const GENEROUS_MS = 10_000;

/** Runs what may never end, and fails when it takes too long. */
const runBounded = (work: () => unknown): unknown => runInNewContext('work()', { work }, { timeout: GENEROUS_MS });

test.each(['^(a+)+$', '(a|a)*b', '(a*)*c', '^(?:a?){30}a{30}$', 'a*a*a*b', '.*.*=.*', '(.*a){12}b'])(
  '%j takes linear time on texts made to be slow',
  async (source) => {
    const validator = compilePattern(source);
    const text = `${'a'.repeat(100_000)}!`;

    expect(runBounded(() => validator.test(text))).toBe(false);
    const begun = performance.now();
    await connection.run(`SELECT regexp_matches(repeat('a', 100000) || '!', ${literal(translatePattern(source).re2)})`);
    expect(performance.now() - begun).toBeLessThan(GENEROUS_MS);
  },
);

test('what is left to the plain engine takes time that grows with the text only', () => {
  fc.assert(
    fc.property(pattern, fc.constantFrom('a', 'ab', 'a1', '_', ' a'), (source, unit) => {
      fc.pre(isSmall(source) && translatePattern(source).linear);
      const test = new RegExp(source, 'u');

      expect(() => runBounded(() => test.test(`${unit.repeat(20_000)}\n`))).not.toThrow();
    }),
    { numRuns: 150 },
  );
});

test.each([
  ['^[0-9]{5}$', true],
  ['^[A-Z]{2}$', true],
  ['^[a-z0-9-]+$', true],
  ['^(?:draft|final)$', true],
  ['^(a+)+$', false],
  ['a+$', false],
  ['^a*b*$', false],
  ['^(?:a|b)*$', false],
])('%j is left to the plain engine: %j', (source, linear) => {
  expect(translatePattern(source).linear).toBe(linear);
});
