import { type ChunkFailure, chargesOf, type FailedTask, type RoundOutcome } from '../../../core/assess/charges';
import type { Complaint } from '../../../core/contracts';
import type { FailureClass } from '../../../core/failures';
import { aMarker, markersOf } from '../../support/records';

const KILLED = { statusReason: 'Essential container in task exited', exitCode: 137 };
const SPOT = { statusReason: 'Your Spot Task was interrupted.', exitCode: 143 };

const aTask = (overrides: Partial<FailedTask> = {}): FailedTask => ({
  jobId: 'job:0',
  chunks: ['a', 'b', 'c'],
  attempts: [KILLED],
  ...overrides,
});

const aComplaint = (chunk: string, cause: FailureClass, attempt = 1, jobId = 'job:0'): Complaint => ({
  schema: 'complaint.v1',
  chunk,
  attempt: { round: 1, array: 0, task: 0, jobId, attempt },
  failure: { class: cause, message: `${chunk} is bad`, hint: 'look' },
});

const committed = (...chunks: readonly string[]) =>
  markersOf(
    ...chunks.map((chunk) =>
      aMarker(chunk, { start: 0, end: 1 }, { attempt: { round: 1, array: 0, task: 0, jobId: 'job:0', attempt: 1 } }),
    ),
  );

const charges = (overrides: Partial<RoundOutcome>) =>
  chargesOf({ round: 1, tasks: [aTask()], complaints: [], markers: new Map(), ...overrides });

const said = (failures: readonly ChunkFailure[]) => failures.map(({ chunk, class: cause, times }) => [chunk, cause, times]);

test('a task that was cut short is charged to the chunk under way and to no other', () => {
  const { failures, spared } = charges({ markers: committed('a') });

  expect(failures).toEqual([{ chunk: 'b', class: 'HOST', times: 1 }]);
  expect([...spared]).toEqual(['c']);
});

test('a chunk that the worker complained of was not the one under way', () => {
  const { failures, spared } = charges({ complaints: [aComplaint('a', 'DATA')] });

  expect(said(failures)).toEqual([
    ['a', 'DATA', 1],
    ['b', 'HOST', 1],
  ]);
  expect([...spared]).toEqual(['c']);
});

test('a worker that ended in order has said all: nothing else is charged', () => {
  const inOrder = { statusReason: 'Essential container in task exited', exitCode: 70 };

  const { failures, spared } = charges({
    tasks: [aTask({ attempts: [inOrder] })],
    complaints: [aComplaint('b', 'CODE')],
    markers: committed('a', 'c'),
  });

  expect(said(failures)).toEqual([['b', 'CODE', 1]]);
  expect(failures[0]?.failure?.message).toBe('b is bad');
  expect([...spared]).toEqual([]);
});

test('a worker that stopped at once over the configuration spares the chunks that it had not begun', () => {
  const { failures, spared } = charges({ tasks: [aTask({ attempts: [{ exitCode: 78 }] })], complaints: [aComplaint('a', 'CONFIG')] });

  expect(said(failures)).toEqual([['a', 'CONFIG', 1]]);
  expect([...spared]).toEqual(['b', 'c']);
});

describe('exit 75', () => {
  const deadline = [aTask({ attempts: [{ exitCode: 75 }] })];

  test('with progress is the deadline of the worker, and no failure', () => {
    const { failures, spared } = charges({ tasks: deadline, markers: committed('a') });

    expect(failures).toEqual([]);
    expect([...spared]).toEqual(['b', 'c']);
  });

  test('without progress is a failure of the chunk under way, or a run would go on for ever', () => {
    expect(said(charges({ tasks: deadline }).failures)).toEqual([['a', 'HOST', 1]]);
  });

  test('with progress of an earlier round only is a failure too', () => {
    const markers = markersOf(aMarker('a', { start: 0, end: 1 }));

    expect(said(charges({ tasks: deadline, markers }).failures)).toEqual([['b', 'HOST', 1]]);
  });
});

test('the same complaint of two attempts counts twice, of one attempt once', () => {
  const twice = [aComplaint('a', 'CODE', 1), aComplaint('a', 'CODE', 2), aComplaint('a', 'CODE', 2)];

  const { failures } = charges({ tasks: [aTask({ attempts: [SPOT, { exitCode: 70 }] })], complaints: twice, markers: committed('b', 'c') });

  expect(said(failures)).toEqual([['a', 'CODE', 2]]);
});

test('a complaint of an earlier attempt does not clear the chunk under way in the last', () => {
  const { failures } = charges({ tasks: [aTask({ attempts: [SPOT, SPOT] })], complaints: [aComplaint('a', 'DATA', 1)] });

  expect(said(failures)).toEqual([
    ['a', 'DATA', 1],
    ['a', 'SPOT', 2],
  ]);
});

test('Spot losses count one by one, those that Batch made good itself too', () => {
  expect(said(charges({ tasks: [aTask({ attempts: [SPOT, SPOT, SPOT] })] }).failures)).toEqual([['a', 'SPOT', 3]]);
  expect(said(charges({ tasks: [aTask({ attempts: [SPOT, KILLED] })] }).failures)).toEqual([['a', 'HOST', 1]]);
});

test('what was committed in the end is charged with nothing', () => {
  const { failures } = charges({ complaints: [aComplaint('a', 'CODE')], markers: committed('a', 'b', 'c') });

  expect(failures).toEqual([]);
});
