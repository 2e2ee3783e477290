import fc from 'fast-check';
import { formatCount, formatSeconds, formatUsd, plural, safe, shorten } from '../../../cli/render/text';

describe('text of others', () => {
  test.each([
    ['plain ünï 日本 👍', 'plain ünï 日本 👍'],
    ['two\nlines\tand\r', 'two\\nlines\\tand\\r'],
    ['\u001b[31mred\u0007', '\\u{1b}[31mred\\u{7}'],
    ['safe\u202Egpj.exe', 'safe\\u{202e}gpj.exe'],
    ['c1 \u009b2J', 'c1 \\u{9b}2J'],
    ['nul\0', 'nul\\u{0}'],
  ])('%j is shown as %j', (text, expected) => {
    expect(safe(text)).toBe(expected);
  });

  test('never steers a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safe(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});

test('long text is cut between characters', () => {
  expect([shorten('abcdef', 6), shorten('abcdefg', 6), shorten('👍👍👍', 2)]).toEqual(['abcdef', 'abcde…', '👍…']);
});

test.each([
  [0, '0.0 s'],
  [0.44, '0.4 s'],
  [12.4, '12 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
])('%d seconds are %s', (seconds, expected) => {
  expect(formatSeconds(seconds)).toBe(expected);
});

test.each([
  [0, '$0'],
  [12.345, '$12.35'],
  [1, '$1.00'],
  [0.00123, '$0.0012'],
  [0.5, '$0.50'],
  [1e-12, '$0.00000000'],
])('%d dollars are %s', (usd, expected) => {
  expect(formatUsd(usd)).toBe(expected);
});

test('counts are grouped, and their nouns agree', () => {
  expect([formatCount(3_000_000), plural(1, 'run'), plural(0, 'run'), plural(2000, 'run')]).toEqual([
    '3,000,000',
    '1 run',
    '0 runs',
    '2,000 runs',
  ]);
});
