import fc from 'fast-check';
import { editDistance, nearest, suggestion } from '../../../core/spec/nearest';

const word = fc.string({ maxLength: 12 });

describe('edit distance', () => {
  test.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['same', 'same', 0],
    ['fromat', 'format', 2],
  ])('%p to %p takes %d edits', (a, b, expected) => {
    expect(editDistance(a, b)).toBe(expected);
  });

  test('is a metric: zero only for the same word, symmetric, and no detour is shorter', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('the word that was meant', () => {
  const keys = ['prefix', 'format', 'csv', 'schema', 'sql'];

  test.each([
    ['fromat', 'format'],
    ['PREFIX', 'prefix'],
    ['shema', 'schema'],
    ['sq', 'sql'],
    ['banana', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%p means %p', (received, meant) => {
    expect(nearest(received, keys)).toBe(meant);
  });

  test('is put as a question, or not at all', () => {
    expect([suggestion('cvs', ['csv', 'tsv']), suggestion('avro', ['csv', 'tsv'])]).toEqual(['', '']);
    expect(suggestion('cs', ['csv'])).toBe(' (did you mean csv?)');
  });
});
