import type { OpenMark } from '../../../core/contracts';
import { type ArrayFacts, decideSweep, type RunFacts } from '../../../core/operate/sweep';

const MARK: OpenMark = { schema: 'open.v1', execution: 'r', input: { runId: 'r', job: 'orders' }, at: '2026-01-01T00:00:00.000Z' };
const minutesLater = (minutes: number): Date => new Date(Date.parse(MARK.at) + minutes * 60_000);

const facts = (overrides: Partial<RunFacts>): RunFacts => ({
  mark: MARK,
  reported: false,
  recorded: true,
  publishing: false,
  arrays: [],
  now: minutesLater(60),
  ...overrides,
});
const array = (overrides: Partial<ArrayFacts> = {}): ArrayFacts => ({ round: 1, array: 2, waiting: false, ...overrides });

test('a run that has ended and was reported is forgotten', () => {
  expect(decideSweep(facts({ status: 'SUCCEEDED', reported: true }))).toEqual({ do: 'forget' });
  expect(decideSweep(facts({ status: 'FAILED', reported: true }))).toEqual({ do: 'forget' });
  expect(decideSweep(facts({ reported: true }))).toEqual({ do: 'forget' });
});

test('a claim without an execution is started, once its event can no longer be on its way', () => {
  expect(decideSweep(facts({ now: minutesLater(14) }))).toEqual({ do: 'leave' });
  expect(decideSweep(facts({ now: minutesLater(15) }))).toMatchObject({ do: 'start', finding: { runId: 'r', did: 'started' } });
});

test.each(['ABORTED', 'TIMED_OUT', 'FAILED', 'SUCCEEDED'] as const)('an execution that ended %s without a report is closed', (status) => {
  const action = decideSweep(facts({ status }));

  expect(action).toMatchObject({ do: 'close', finding: { did: 'closed', why: `its execution ended ${status} without a report` } });
});

test('each execution that closes a run and ends without a report is followed by another, after twice the time and a day at most', () => {
  const closing = (number: number, minutes: number) =>
    decideSweep(
      facts({
        status: 'FAILED',
        mark: { ...MARK, input: { ...MARK.input, begin: 'commit', closing: number } },
        now: minutesLater(minutes),
      }),
    ).do;

  expect([closing(0, 14), closing(0, 15)]).toEqual(['leave', 'close']);
  expect([closing(1, 29), closing(1, 30)]).toEqual(['leave', 'close']);
  expect([closing(40, 1439), closing(40, 1440)]).toEqual(['leave', 'close']);
});

test('a run whose execution ended while it was being published goes on', () => {
  expect(decideSweep(facts({ status: 'TIMED_OUT', publishing: true }))).toMatchObject({ do: 'close', finding: { did: 'resumed' } });
});

test('a redrive that died before its record was written is forgotten, so that it can be asked for again', () => {
  const mark = { ...MARK, input: { ...MARK.input, drive: 1 } };

  expect(decideSweep(facts({ mark, recorded: false, now: minutesLater(14) }))).toEqual({ do: 'leave' });
  expect(decideSweep(facts({ mark, recorded: false }))).toEqual({ do: 'forget' });
});

test('a running execution whose array has ended is woken, whatever else waits', () => {
  const arrays = [array({ waiting: true, submittedAt: minutesLater(0) }), array({ array: 3, ended: true })];

  expect(decideSweep(facts({ status: 'RUNNING', arrays }))).toMatchObject({
    do: 'wake',
    finding: { why: 'array 3 of round 1 has ended, and nobody told the run' },
  });
});

test('a wait for capacity is told after half an hour, not before', () => {
  const arrays = [array({ waiting: true, submittedAt: minutesLater(0) })];

  expect(decideSweep(facts({ status: 'RUNNING', arrays, now: minutesLater(29) }))).toEqual({ do: 'leave' });
  expect(decideSweep(facts({ status: 'RUNNING', arrays, now: minutesLater(30) }))).toMatchObject({
    do: 'tell',
    finding: { did: 'reported stuck', why: 'array 2 of round 1 has waited for capacity for 30 minutes' },
  });
});

test('a run that works is left alone', () => {
  const arrays = [array({ submittedAt: minutesLater(0) }), array({ ended: false, submittedAt: minutesLater(0) })];

  expect(decideSweep(facts({ status: 'RUNNING', arrays }))).toEqual({ do: 'leave' });
  expect(decideSweep(facts({ status: 'RUNNING' }))).toEqual({ do: 'leave' });
});
