import fc from 'fast-check';
import { compareUtf8 } from '../../core/utf8-order';

const sign = (n: number): number => Math.sign(n);

test('law: keys are ordered as their UTF-8 bytes are', () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 });
  fc.assert(
    fc.property(text, text, text, (start, a, b) => {
      expect(sign(compareUtf8(start + a, start + b))).toBe(Buffer.compare(Buffer.from(start + a), Buffer.from(start + b)));
    }),
    { numRuns: 2000 },
  );
});

test('a character beyond the basic plane comes after U+FFFD, which JavaScript would sort behind it', () => {
  expect(compareUtf8('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
});
