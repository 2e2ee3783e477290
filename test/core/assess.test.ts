import { assess, type ChunkFailure, type Situation } from '../../core/assess';
import type { FailureClass } from '../../core/failures';
import { aChunk, aMarker, anObject, markersOf } from '../support/records';

const LEAVES = [aChunk('0', 0, 50), aChunk('1', 50, 100)];
const FIRST = aMarker('0', { start: 0, end: 55 });
const SECOND = aMarker('1', { start: 55, end: 100 });

const aSituation = (overrides: Partial<Situation> = {}): Situation => ({
  objects: [anObject()],
  leaves: LEAVES,
  markers: markersOf(FIRST, SECOND),
  failures: [],
  skipLimit: 0,
  profile: { vcpu: 1, memoryMiB: 2048 },
  capacity: 'spot',
  random: 0.5,
  ...overrides,
});

const failed = (chunk: string, cause: FailureClass): ChunkFailure => ({ chunk, class: cause });

test('everything committed, chained and within the limit goes to the commit', () => {
  expect(assess(aSituation())).toEqual({ next: 'commit' });
});

test('a run over nothing goes to the commit', () => {
  expect(assess(aSituation({ objects: [anObject({ bytes: 0 })], leaves: [], markers: markersOf() }))).toEqual({ next: 'commit' });
});

describe('what is not committed', () => {
  const open = (failures: readonly ChunkFailure[], chunk = LEAVES[1]!) =>
    assess(aSituation({ leaves: [LEAVES[0]!, chunk], markers: markersOf(FIRST), failures }));

  test('is tried again alone, with the failure on its account', () => {
    expect(open([failed('1', 'HOST')])).toMatchObject({ next: 'round', chunks: [{ id: '1', failures: { HOST: 1 } }], waitSeconds: 1 });
  });

  test('waits longer each time', () => {
    expect(open([failed('1', 'THROTTLE')], aChunk('1', 50, 100, { failures: { THROTTLE: 3 } }))).toMatchObject({ waitSeconds: 8 });
  });

  test('moves to on-demand capacity after the second Spot loss', () => {
    expect(open([failed('1', 'SPOT')])).toMatchObject({ capacity: 'spot' });
    expect(open([failed('1', 'SPOT')], aChunk('1', 50, 100, { failures: { SPOT: 1 } }))).toMatchObject({ capacity: 'on-demand' });
  });

  test('gets the next legal memory size after running out of it, and a task of its own', () => {
    expect(open([failed('1', 'OOM')])).toMatchObject({ profile: { vcpu: 1, memoryMiB: 3072 }, split: true });
  });

  test('is split off after a timeout', () => {
    expect(open([failed('1', 'TIMEOUT')])).toMatchObject({ split: true, profile: { memoryMiB: 2048 } });
  });

  test('ends the run at once when the configuration is at fault, in the words of the worker', () => {
    const failure = { class: 'CONFIG', message: 'no column x', hint: 'correct the SQL' } as const;

    expect(open([{ chunk: '1', class: 'CONFIG', failure }])).toEqual({ next: 'stop', failure });
  });

  test('ends the run when the same fault of code comes twice', () => {
    expect(open([failed('1', 'CODE')])).toMatchObject({ next: 'round' });
    expect(open([failed('1', 'CODE')], aChunk('1', 50, 100, { failures: { CODE: 1 } }))).toMatchObject({
      next: 'stop',
      failure: { class: 'CODE', message: 'chunk 1 failed 2 times with CODE' },
    });
  });

  test('is tried again even when nobody knows why it failed', () => {
    expect(open([])).toMatchObject({ next: 'round', chunks: [{ failures: { UNKNOWN: 1 } }] });
  });
});

describe('the chain', () => {
  test('redoes a chunk that began where no record begins, from where one does', () => {
    const decision = assess(aSituation({ markers: markersOf(FIRST, aMarker('1', { start: 60, end: 100 })) }));

    expect(decision).toMatchObject({
      next: 'round',
      chunks: [{ id: '1.r1', replaces: '1', proven: true, ranges: [{ object: 0, start: 55, end: 100 }] }],
    });
  });

  test('stops when a proven chunk still does not meet its neighbour', () => {
    const leaves = [LEAVES[0]!, aChunk('1', 55, 100, { proven: true })];

    expect(assess(aSituation({ leaves, markers: markersOf(FIRST, aMarker('1', { start: 60, end: 100 })) }))).toMatchObject({
      next: 'stop',
    });
  });

  test('stops when the end of the object was not reached', () => {
    expect(assess(aSituation({ markers: markersOf(FIRST, aMarker('1', { start: 55, end: 99 })) }))).toMatchObject({
      next: 'stop',
      failure: { message: expect.stringContaining('byte 99') },
    });
  });
});

describe('the skip limit', () => {
  const withBad = (skipLimit: number | string, more: Partial<Situation> = {}) => {
    const counts = { read: 10, written: 9, filtered: 0, quarantined: 1 };
    return assess(aSituation({ ...more, skipLimit, markers: markersOf({ ...FIRST, counts }, SECOND) }));
  };

  test.each([[1], ['5%'], ['100%']])('%s lets one of twenty pass', (limit) => {
    expect(withBad(limit)).toEqual({ next: 'commit' });
  });

  test('says where types were inferred that the file may contradict them, and how to set them', () => {
    expect(withBad(0, { typesInferred: true })).toMatchObject({ failure: { hint: expect.stringMatching(/inferred.*JSON Schema/) } });
    expect(withBad(0)).toMatchObject({ failure: { hint: expect.not.stringContaining('inferred') } });
  });

  test.each([[0], ['4.9%'], ['0%']])('%s stops one of twenty, naming both numbers', (limit) => {
    expect(withBad(limit)).toMatchObject({ next: 'stop', failure: { class: 'DATA', message: expect.stringContaining('1 of 20 records') } });
  });
});
