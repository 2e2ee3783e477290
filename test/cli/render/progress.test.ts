import { PassThrough } from 'node:stream';
import { progressLine, recordsPerSecond } from '../../../cli/render/progress';
import { createView } from '../../../cli/render/view';
import { anIo, aRunState } from '../support';

const records = { read: 1500, written: 1000, filtered: 500, quarantined: 2 };
const at = (seconds: number, committed = 3) => ({
  run: aRunState({ state: 'Round', planned: 13, committed, records }),
  seconds,
  readBefore: 500,
});

test('a line says how far the run is and how fast', () => {
  expect(progressLine(at(4))).toBe('4.0 s: 3 of 13 chunks | Round | 1,500 records | 250/s | 2 quarantined');
});

test('before the plan the number of chunks is not known', () => {
  expect(progressLine({ run: aRunState(), seconds: 0, readBefore: 0 })).toBe(
    '0.0 s: 0 of ? chunks | RUNNING | 0 records | 0/s | 0 quarantined',
  );
});

test('chunks that were cut are more than were planned', () => {
  expect(progressLine(at(4, 18))).toContain(' 18 chunks, more than were planned | ');
});

test('speed is never negative and never divides by nothing', () => {
  expect([recordsPerSecond({ ...at(0) }), recordsPerSecond({ ...at(1), readBefore: 9999 })]).toEqual([0, 0]);
});

test('a log gets a line every few seconds, not every look', () => {
  const { io, err } = anIo();
  const view = createView(io.stderr, false);

  for (const seconds of [0, 0.5, 1, 2.9, 3.1, 3.6, 6.2]) view.update(at(seconds));
  view.stop();

  expect(
    err()
      .split('\n')
      .map((line) => line.split(':')[0]),
  ).toEqual(['0.0 s', '3.1 s', '6.2 s', '']);
});

test('nothing is shown when quiet', () => {
  const { io, err } = anIo();
  const view = createView(io.stderr, true);

  view.update(at(1));
  view.stop();

  expect(err()).toBe('');
});

test('a terminal gets a bar that moves', () => {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  const view = createView(stream as never, false);

  view.update(at(1, 7));
  view.stop();

  expect(String(stream.read())).toContain('0/1 chunks | starting');
});
