import fc from 'fast-check';
import { expectedSeconds, fits, usableSeconds } from '../../../core/work/deadline';

test.each([
  [60, 50],
  [360, 300],
  [2400, 2340],
])('an attempt of %i s gives chunks %i s', (attempt, usable) => {
  expect(usableSeconds(attempt)).toBe(usable);
});

test('the first chunk is always tried', () => {
  expect(fits(-1, 1e9, [])).toBe(true);
});

test('a chunk is taken when there is time for one half as slow again as those before', () => {
  const done = [
    { bytes: 100, seconds: 10 },
    { bytes: 100, seconds: 20 },
  ];

  expect(expectedSeconds(done, 200)).toBe(30);
  expect(fits(45, 200, done)).toBe(true);
  expect(fits(44, 200, done)).toBe(false);
});

test('chunks of no bytes are judged by their number', () => {
  expect(expectedSeconds([{ bytes: 0, seconds: 2 }], 50)).toBe(2);
});

test('less to do or more time never turns a yes into a no', () => {
  const done = fc.array(fc.record({ bytes: fc.nat(1e9), seconds: fc.double({ min: 0, max: 1e4, noNaN: true }) }), { maxLength: 5 });
  fc.assert(
    fc.property(done, fc.nat(1e9), fc.nat(1e9), fc.double({ min: 0, max: 1e4, noNaN: true }), (chunks, bytes, more, left) => {
      if (fits(left, bytes + more, chunks)) expect(fits(left, bytes, chunks)).toBe(true);
      if (fits(left, bytes, chunks)) expect(fits(left + 1, bytes, chunks)).toBe(true);
    }),
  );
});
