import fc from 'fast-check';
import { decimalOf, unscaledOf } from '../../core/decimal';

test.each([
  ['decimal(18,2)', { precision: 18, scale: 2 }],
  ['decimal(38, 38)', { precision: 38, scale: 38 }],
  ['decimal(39,2)', undefined],
  ['decimal(2,3)', undefined],
  ['decimal(0,0)', undefined],
  ['decimal', undefined],
  ['date', undefined],
])('%s is %j', (format, decimal) => {
  expect(decimalOf(format)).toEqual(decimal);
});

const MONEY = { precision: 5, scale: 2 };

test.each([
  ['12.34', 1234n],
  ['-12.3', -1230n],
  ['+0.10', 10n],
  ['.5', 50n],
  ['7.', 700n],
  ['999.99', 99999n],
  ['0012.340000', 1234n],
  ['1000', undefined],
  ['1.234', undefined],
  ['1e3', undefined],
  ['', undefined],
  ['-', undefined],
  ['.', undefined],
  ['NaN', undefined],
  ['1,2', undefined],
])('%s as a decimal of five digits, two behind the point, is %s', (text, unscaled) => {
  expect(unscaledOf(text, MONEY)).toBe(unscaled);
});

test('every decimal is read as it was written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -99999n, max: 99999n }), (unscaled) => {
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(3, '0');

      expect(unscaledOf(`${unscaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, MONEY)).toBe(unscaled);
    }),
  );
});
