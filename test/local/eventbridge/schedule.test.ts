import { parseSchedule } from '../../../local/eventbridge/schedule';
import { NotEmulatedError } from '../../../local/kernel/errors';

const next = (expression: string, after: string): string | undefined => {
  const ms = parseSchedule(expression)(Date.parse(after));
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);
};

test.each([
  ['rate(1 minute)', '2026-01-01T00:00:30Z', '2026-01-01T00:01'],
  ['rate(5 minutes)', '2026-01-01T00:00:00Z', '2026-01-01T00:05'],
  ['rate(2 hours)', '2026-01-01T23:00:00Z', '2026-01-02T01:00'],
  ['rate(7 days)', '2026-01-01T00:00:00Z', '2026-01-08T00:00'],
  ['cron(0 4 * * ? *)', '2026-01-01T04:00:00Z', '2026-01-02T04:00'],
  ['cron(0 4 * * ? *)', '2026-01-01T03:59:59Z', '2026-01-01T04:00'],
  ['cron(0/15 * * * ? *)', '2026-01-01T00:16:00Z', '2026-01-01T00:30'],
  ['cron(30 8,20 * * ? *)', '2026-01-01T09:00:00Z', '2026-01-01T20:30'],
  ['cron(0 10 ? * MON-FRI *)', '2026-01-02T11:00:00Z', '2026-01-05T10:00'],
  ['cron(0 10 ? * 1 *)', '2026-01-02T11:00:00Z', '2026-01-04T10:00'],
  ['cron(0 0 29 FEB ? *)', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
  ['cron(0 0 1 1 ? 2025)', '2026-01-01T00:00:00Z', undefined],
])('%s after %s', (expression, after, expected) => {
  expect(next(expression, after)).toBe(expected);
});

test.each([
  'rate(0 minutes)',
  'rate(5 weeks)',
  'at(2026-01-01)',
  'cron(0 4 * * *)',
  'cron(60 4 * * ? *)',
  'cron(0 4 * * * *)',
  'cron(0/0 4 * * ? *)',
  'cron(0 4 ? * ? *)',
])('%s is refused', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
});

test.each(['cron(0 4 L * ? *)', 'cron(0 4 15W * ? *)', 'cron(0 4 ? * 2#1 *)', 'cron(0 4 ? * 6L *)'])(
  '%s is refused by name',
  (expression) => {
    expect(() => parseSchedule(expression)).toThrow(NotEmulatedError);
  },
);
