import { parseDuration } from '../../core/units';

test.each([
  ['500ms', 0.5],
  ['30s', 30],
  ['1.5m', 90],
  ['2h', 7200],
  [12, 12],
  ['5', undefined],
  ['5 minutes', undefined],
  [0, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])('%j is a duration of %j seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
