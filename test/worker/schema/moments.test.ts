import fc from 'fast-check';
import { isDate, isTimestamp } from '../../../worker/schema/moments';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** The calendar's own word on a day. */
function isThere(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

test('a date is one that the calendar has, as RFC 3339 writes it; a moment may write it otherwise', () => {
  const part = { year: fc.nat(9999), month: fc.nat(14), day: fc.nat(33), separator: fc.constantFrom('-', '/'), padded: fc.boolean() };
  fc.assert(
    fc.property(fc.record(part), ({ year, month, day, separator, padded }) => {
      const width = padded ? 2 : 1;
      const text = [pad(year, 4), pad(month, width), pad(day, width)].join(separator);

      expect(isDate(text)).toBe(text.length === 10 && separator === '-' && isThere(year, month, day));
      expect(isTimestamp(`${text} 01:02:03`)).toBe(isThere(year, month, day));
    }),
    { numRuns: 2000 },
  );
});

test('a time is one that a clock shows', () => {
  fc.assert(
    fc.property(fc.nat(99), fc.nat(99), fc.nat(99), fc.constantFrom(' ', 'T'), (hour, minute, second, between) => {
      const text = `2024-02-29${between}${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`;

      const isMidnight = hour === 24 && minute === 0 && second === 0;
      expect(isTimestamp(text)).toBe(isMidnight || (hour < 24 && minute < 60 && second < 60));
    }),
  );
});

test.each(['2024-02-29', '2024-2-9', '2024/02/29 1:02', '2024-02-29T01:02:03.123456Z', '2024-02-29 01:02:03+02:00', '0000-02-29'])(
  '%s is a moment',
  (text) => {
    expect(isTimestamp(text)).toBe(true);
  },
);

test.each([
  '',
  '2024-02-30',
  '2023-02-29',
  '1900-02-29',
  '2024-13-01',
  '2024-02-29x01:02:03',
  '2024-02-29 01-02-03',
  '2024-02-29 01:02:3x',
  '20２4-02-29',
  '2024-02-2９',
  '02024-02-29',
])('%j is no moment', (text) => {
  expect(isTimestamp(text)).toBe(false);
  expect(isDate(text)).toBe(false);
});
