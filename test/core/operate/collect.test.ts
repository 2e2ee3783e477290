import { decideCollect, type EndedRun, REDRIVE_DAYS, REVISIONS_KEPT, staleRevisions } from '../../../core/operate/collect';

const END = new Date('2026-01-01T00:00:00.000Z');
const daysLater = (days: number): Date => new Date(END.getTime() + days * 86_400_000);

const run = (overrides: Partial<EndedRun>): EndedRun => ({
  open: false,
  phase: 'discarded',
  endedAt: END,
  now: daysLater(30),
  ...overrides,
});

test('uploads of a run that may still commit are kept', () => {
  expect(decideCollect(run({ open: true }))).toBe('keep');
  expect(decideCollect(run({ phase: 'undecided' }))).toBe('keep');
  expect(decideCollect(run({ endedAt: undefined }))).toBe('keep');
  expect(decideCollect(run({ phase: 'publishing' }))).toBe('keep');
});

test('a failed run can be redriven for its days, then it is taken before anything is aborted', () => {
  expect(decideCollect(run({ now: daysLater(REDRIVE_DAYS - 0.01) }))).toBe('keep');
  expect(decideCollect(run({ now: daysLater(REDRIVE_DAYS) }))).toBe('take');
});

test('what a collector that died has taken is aborted at once', () => {
  expect(decideCollect(run({ taken: 'collect', now: daysLater(0) }))).toBe('abort');
});

test('what is still pending of a published run counts for nobody', () => {
  expect(decideCollect(run({ phase: 'published', now: daysLater(0) }))).toBe('abort');
});

test.each(['aborted', 'unbalanced', 'lost'] as const)('a run that can never go on, because it was %s, keeps nothing', (final) => {
  expect(decideCollect(run({ final, now: daysLater(0) }))).toBe('abort');
});

test('a run whose parts were taken back keeps nothing', () => {
  expect(decideCollect(run({ phase: 'undelivered', now: daysLater(0) }))).toBe('abort');
});

test('the newest revisions of every job and those that are pinned stay', () => {
  const revisions = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ arn: `${name}:${i + 1}`, name, revision: i + 1 }));

  const stale = staleRevisions([...revisions('a', REVISIONS_KEPT + 3), ...revisions('b', REVISIONS_KEPT)], new Set(['a:2']));

  expect(stale.toSorted()).toEqual(['a:1', 'a:3']);
});
