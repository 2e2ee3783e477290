import fc from 'fast-check';
import { joinKinds, type Kind, kindOfJson, kindOfText } from '../../../core/inference/kinds';

describe('kindOfText', () => {
  test.each<[string, Kind | undefined]>([
    ['', undefined],
    ['0', 'integer'],
    ['-17', 'integer'],
    ['999999999999999999', 'integer'],
    ['9223372036854775807', 'text'],
    ['007', 'text'],
    ['+4930123', 'text'],
    [' 1', 'text'],
    ['1.5', 'number'],
    ['-0.25', 'number'],
    ['1e-05', 'number'],
    ['12e34', 'text'],
    ['00.5', 'text'],
    ['1.', 'text'],
    ['1234567890.1234567890', 'text'],
    ['1e+999', 'text'],
    ['NaN', 'text'],
    ['inf', 'text'],
    ['true', 'boolean'],
    ['FALSE', 'boolean'],
    ['yes', 'text'],
    ['2024-02-29', 'date'],
    ['2023-02-29', 'text'],
    ['2024/02/29', 'text'],
    ['2024-02-29T23:59', 'timestamp'],
    ['2024-02-29 23:59:59.123456', 'timestamp'],
    ['2024-02-29T23:59:59Z', 'timestamp'],
    ['2024-02-29T23:59:59.1234567Z', 'text'],
    ['2024-02-29T23:59:59+02:00', 'text'],
    ['2024-02-30T00:00', 'text'],
    ['2024-02-29T24:00', 'text'],
    ['12:30', 'text'],
  ])('%j is %s', (text, kind) => {
    expect(kindOfText(text)).toBe(kind);
  });

  test('a whole number or a fraction is one only if it would be written back the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer().map(String), fc.stringMatching(/^[-+]?\d{0,20}\.?\d{0,4}$/)), (text) => {
        const kind = kindOfText(text);
        if (kind === 'integer') expect(BigInt(text).toString()).toBe(text === '-0' ? '0' : text);
        if (kind === 'number') expect(Number(Number(text).toPrecision(15))).toBe(Number(text));
      }),
    );
  });
});

describe('kindOfJson', () => {
  test.each<[unknown, Kind | undefined]>([
    [null, undefined],
    [1, 'integer'],
    [1.5, 'number'],
    [2 ** 53, 'any'],
    [true, 'boolean'],
    ['1', 'text'],
    ['2024-01-01', 'date'],
    ['2024-01-01T00:00:00Z', 'timestamp'],
    [{}, 'json'],
    [[1], 'json'],
  ])('%j is %s', (value, kind) => {
    expect(kindOfJson(value)).toBe(kind);
  });
});

describe('joinKinds', () => {
  const kind = fc.constantFrom<Kind | undefined>(undefined, 'integer', 'number', 'boolean', 'date', 'timestamp', 'text', 'json', 'any');

  test('the order of the values does not matter', () => {
    fc.assert(
      fc.property(kind, kind, kind, (a, b, c) => {
        expect(joinKinds(a, b)).toBe(joinKinds(b, a));
        expect(joinKinds(joinKinds(a, b), c)).toBe(joinKinds(a, joinKinds(b, c)));
        expect(joinKinds(a, a)).toBe(a);
      }),
    );
  });

  test.each<[Kind, Kind, Kind]>([
    ['integer', 'number', 'number'],
    ['date', 'timestamp', 'timestamp'],
    ['date', 'text', 'text'],
    ['integer', 'text', 'any'],
    ['boolean', 'integer', 'any'],
    ['json', 'text', 'any'],
  ])('%s and %s is %s', (a, b, both) => {
    expect(joinKinds(a, b)).toBe(both);
  });
});
