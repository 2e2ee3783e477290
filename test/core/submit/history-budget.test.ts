import { arraysOf } from '../../../core/plan/packing';
import { eventsOf, HISTORY_EVENTS, MAX_ROUNDS, outOfRounds } from '../../../core/submit/history-budget';

const share = { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2048 } } as const;
const aRound = (arrays: number) => ({ arrays: [...arraysOf(arrays * 10_000, share)] });

test('as many rounds as are allowed, each of a few arrays, stay far below what an execution holds', () => {
  expect(eventsOf(Array.from({ length: MAX_ROUNDS }, () => aRound(2)))).toBeLessThan(HISTORY_EVENTS / 4);
});

test('a run that does not get done ends by name after so many rounds', () => {
  const rounds = Array.from({ length: MAX_ROUNDS }, () => aRound(1));

  expect(outOfRounds(rounds.slice(1), { arrays: 1, cause: 'SPOT' })).toBeUndefined();
  expect(outOfRounds(rounds, { arrays: 1, cause: 'SPOT' })).toMatchObject({
    class: 'SPOT',
    message: `the run is not done after ${MAX_ROUNDS} rounds, at most ${MAX_ROUNDS} rounds and 20000 events are allowed`,
  });
});

test('rounds of very many arrays end it earlier', () => {
  const rounds = Array.from({ length: 24 }, () => aRound(100));

  expect(outOfRounds(rounds.slice(1), { arrays: 100, cause: 'HOST' })).toBeUndefined();
  expect(outOfRounds(rounds, { arrays: 100, cause: 'HOST' })).toMatchObject({ class: 'HOST' });
});
