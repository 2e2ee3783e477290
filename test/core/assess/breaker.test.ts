import { systemicFailure, type Tally } from '../../../core/assess/breaker';
import type { FailureClass } from '../../../core/failures';
import { aChunk } from '../../support/records';
import { failed } from '../../support/situations';

const chunksOf = (count: number) => Array.from({ length: count }, (_, i) => aChunk(`c${i}`, i, i + 1));
const failing = (count: number, cause: FailureClass) => Array.from({ length: count }, (_, i) => failed(`c${i}`, cause));
const tally = (overrides: Partial<Tally>): Tally => ({
  leaves: chunksOf(20),
  failures: [],
  tasks: 20,
  imageless: 0,
  systemic: '20%',
  ...overrides,
});

test.each<[string, number, number, boolean]>([
  ['a fifth is not more than a fifth', 20, 4, false],
  ['more than a fifth is', 20, 5, true],
  ['two of two are too few to tell', 2, 2, false],
  ['three of three are not', 3, 3, true],
  ['three of a thousand are nothing', 1000, 3, false],
])('%s', (_, chunks, bad, ends) => {
  expect(systemicFailure(tally({ leaves: chunksOf(chunks), failures: failing(bad, 'CODE') })) !== undefined).toBe(ends);
});

test('says how many, of how many, with what, and the first words', () => {
  const failures = failing(5, 'DATA').map((one) => ({
    ...one,
    failure: { class: 'DATA', message: 'no such column', hint: 'add it' } as const,
  }));

  expect(systemicFailure(tally({ failures }))).toEqual({
    class: 'DATA',
    message: '5 of 20 chunks failed with DATA, errors.systemic allows 20%; the first said: no such column',
    hint: 'add it',
  });
});

test.each<FailureClass>(['SPOT', 'THROTTLE', 'HOST'])('%s passes, however much of it there is', (cause) => {
  expect(systemicFailure(tally({ failures: failing(20, cause) }))).toBeUndefined();
});

test('classes are counted apart', () => {
  const failures = [...failing(3, 'DATA'), ...failing(3, 'CODE').map((one, i) => ({ ...one, chunk: `c${i + 3}` }))];

  expect(systemicFailure(tally({ failures }))).toBeUndefined();
});

test('an image that cannot be pulled is counted by tasks, of which each has but one chunk charged', () => {
  expect(systemicFailure(tally({ leaves: chunksOf(1000), failures: failing(5, 'IMAGE'), tasks: 20, imageless: 5 }))).toMatchObject({
    class: 'IMAGE',
    message: expect.stringContaining('5 of 20 tasks'),
  });
});

describe('pieces', () => {
  const pieces = (count: number, level: number) => Array.from({ length: count }, (_, i) => aChunk(`0000000.${i}`, i, i + 1, { level }));
  const bad = (count: number) => Array.from({ length: count }, (_, i) => failed(`0000000.${i}`, 'CODE'));

  test('of one chunk count as the chunk that they were', () => {
    expect(systemicFailure(tally({ leaves: pieces(8, 1), failures: bad(8) }))).toBeUndefined();
  });

  test('three bad records are no system: an eighth of the pieces fails at every level', () => {
    expect(systemicFailure(tally({ leaves: pieces(24, 2), failures: bad(3) }))).toBeUndefined();
  });

  test('bad records everywhere are', () => {
    expect(systemicFailure(tally({ leaves: pieces(64, 2), failures: bad(64) }))).toMatchObject({
      message: expect.stringContaining('64 of 64 pieces'),
    });
  });
});
