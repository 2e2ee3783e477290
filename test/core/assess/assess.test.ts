import { assess, type Situation } from '../../../core/assess/assess';
import type { ChunkFailure } from '../../../core/assess/charges';
import { MAX_ROUNDS } from '../../../core/submit/history-budget';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';
import { aSituation as aBareSituation, aPolicy, failed } from '../../support/situations';

const LEAVES = [aChunk('0', 0, 50), aChunk('1', 50, 100)];
const FIRST = aMarker('0', { start: 0, end: 55 });
const SECOND = aMarker('1', { start: 55, end: 100 });

const aSituation = (overrides: Partial<Situation> = {}): Situation =>
  aBareSituation({ leaves: LEAVES, markers: markersOf(FIRST, SECOND), ...overrides });

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
    expect(open([failed('1', 'SPOT')])).toMatchObject({ parties: [{ capacity: 'spot' }] });
    expect(open([failed('1', 'SPOT')], aChunk('1', 50, 100, { failures: { SPOT: 1 } }))).toMatchObject({
      parties: [{ capacity: 'on-demand' }],
    });
    expect(open([failed('1', 'SPOT', { times: 2 })])).toMatchObject({ parties: [{ capacity: 'on-demand' }] });
  });

  test('gets the next legal memory size after running out of it, and a task of its own', () => {
    expect(open([failed('1', 'OOM')])).toMatchObject({
      parties: [{ profile: { vcpu: 1, memoryMiB: 3072 }, packed: [], alone: [{ id: '1' }] }],
    });
  });

  test('is split off after a timeout', () => {
    expect(open([failed('1', 'TIMEOUT')])).toMatchObject({ parties: [{ profile: { memoryMiB: 2048 }, alone: [{ id: '1' }] }] });
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

describe('a round', () => {
  const round = (overrides: Partial<Situation>) => assess(aSituation({ leaves: LEAVES, markers: markersOf(), ...overrides }));

  test('charges nothing to chunks whose turn had not come', () => {
    const decision = round({ failures: [failed('0', 'HOST')], spared: new Set(['1']) });

    expect(decision).toMatchObject({ next: 'round', chunks: [{ id: '0', failures: { HOST: 1 } }, LEAVES[1]] });
  });

  test('gives each chunk what it needs, and the others no more than before', () => {
    expect(round({ failures: [failed('0', 'OOM'), failed('1', 'SPOT', { times: 2 })] })).toMatchObject({
      parties: [
        { capacity: 'spot', profile: { memoryMiB: 3072 }, alone: [{ id: '0' }] },
        { capacity: 'on-demand', profile: { memoryMiB: 2048 }, packed: [{ id: '1' }] },
      ],
    });
  });

  test('says why it must be', () => {
    const failure = { class: 'CODE', message: 'it threw', hint: 'mend it' } as const;

    expect(round({ failures: [failed('0', 'CODE', { failure }), failed('1', 'SPOT')] })).toMatchObject({
      because: [
        { class: 'CODE', chunks: 1, message: 'it threw' },
        { class: 'SPOT', chunks: 1 },
      ],
    });
  });

  test('waits by the rule of what failed, not of what failed otherwise before', () => {
    const leaves = [aChunk('0', 0, 50, { failures: { HOST: 4 } }), LEAVES[1]!];

    expect(round({ leaves, failures: [failed('0', 'SPOT')], spared: new Set(['1']) })).toMatchObject({ waitSeconds: 0 });
  });

  test('more than the execution can hold ends the run by name', () => {
    const rounds = Array.from({ length: MAX_ROUNDS }, () => ({ arrays: [], tasks: 1, because: [] }));

    expect(round({ rounds, failures: [failed('0', 'SPOT')] })).toMatchObject({
      next: 'stop',
      failure: { message: expect.stringContaining(`${MAX_ROUNDS} rounds`) },
    });
    const redriven = [...rounds, { arrays: [], tasks: 1 }];
    expect(round({ rounds: redriven, failures: [failed('0', 'SPOT')] })).toMatchObject({ next: 'round' });
  });
});

describe('a fault that is everywhere', () => {
  const leaves = Array.from({ length: 10 }, (_, i) => aChunk(String(i), i * 10, i * 10 + 10));
  const broken = (count: number, systemic: string) =>
    assess(
      aSituation({
        leaves,
        markers: markersOf(),
        failures: leaves.slice(0, count).map(({ id }) => failed(id, 'CODE')),
        spared: new Set(leaves.slice(count).map(({ id }) => id)),
        policy: aPolicy({ systemic }),
      }),
    );

  test('ends the run at once, with its numbers', () => {
    expect(broken(3, '20%')).toMatchObject({
      next: 'stop',
      failure: { class: 'CODE', message: '3 of 10 chunks failed with CODE, errors.systemic allows 20%' },
    });
  });

  test('is one from where the spec says', () => {
    expect(broken(3, '30%')).toMatchObject({ next: 'round' });
  });
});

test('a run that cannot keep within its skip limit any more ends before it looks for every bad record', () => {
  const outlines = new Map([
    [
      '1',
      {
        schema: 'outline.v1' as const,
        chunk: '1',
        attempt: FIRST.attempt,
        records: 10,
        pieces: [
          { ranges: [{ object: 0, start: 55, end: 70 }], records: 5 },
          { ranges: [{ object: 0, start: 70, end: 100 }], records: 5 },
        ],
      },
    ],
  ]);
  const after = (skipLimit: number | string) =>
    assess(
      aSituation({
        leaves: [LEAVES[0]!, { ...LEAVES[1]!, failures: { CODE: 1 } }],
        markers: markersOf(FIRST),
        failures: [failed('1', 'CODE')],
        outlines,
        policy: aPolicy({ skipLimit }),
      }),
    );

  expect(after(0)).toMatchObject({ next: 'stop', failure: { class: 'CODE' } });
  expect(after('4%')).toMatchObject({ next: 'stop', failure: { class: 'CODE' } });
  expect(after(1)).toMatchObject({ next: 'round', chunks: [{ id: '1.0' }, { id: '1.1' }] });
  expect(after('5%')).toMatchObject({ next: 'round', chunks: [{ id: '1.0' }, { id: '1.1' }] });
});

test('a failure that no other attempt can mend ends the run at the first time', () => {
  const failure = { class: 'DATA', message: 'one chunk has more than 100 bad records', hint: 'correct the file', final: true } as const;

  expect(assess(aSituation({ leaves: LEAVES, markers: markersOf(FIRST), failures: [failed('1', 'DATA', { failure })] }))).toEqual({
    next: 'stop',
    failure: { class: 'DATA', message: failure.message, hint: failure.hint },
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
    return assess(aSituation({ ...more, policy: aPolicy({ skipLimit }), markers: markersOf({ ...FIRST, counts }, SECOND) }));
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
