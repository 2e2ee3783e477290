import { assess, type Situation } from '../../../core/assess/assess';
import type { ChunkFailure } from '../../../core/assess/charges';
import type { Chunk } from '../../../core/contracts';
import type { FailureClass } from '../../../core/failures';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';
import { aSituation } from '../../support/situations';

const LEAVES = ['0', '1', '2', '3'].map((id, i) => aChunk(id, i * 10, i * 10 + 10));

/** A round after which only the named chunks are committed, each read to two bytes past its range. */
function after(failed: Record<string, FailureClass>, overrides: Partial<Situation> = {}) {
  const leaves = overrides.leaves ?? LEAVES;
  const done = leaves.filter(({ id }) => failed[id] === undefined);
  const failures = Object.entries(failed).map(([chunk, name]): ChunkFailure => ({ chunk, class: name }));
  return assess(
    aSituation({
      objects: [anObject({ bytes: 40 })],
      leaves,
      markers: markersOf(...done.map(({ id, ranges }) => aMarker(id, { start: ranges[0]!.start, end: ranges[0]!.end + 2 }))),
      failures,
      guesses: true,
      ...overrides,
    }),
  );
}

test.each<FailureClass>(['DATA', 'CODE', 'CONFIG'])(
  '%s after a guess is not held against a chunk: it is read again from a given start',
  (name) => {
    expect(after({ '2': name })).toMatchObject({
      next: 'round',
      chunks: [{ id: '2.r1', replaces: '2', given: true, ranges: [{ object: 0, start: 22, end: 30 }] }],
      waitSeconds: 0,
    });
  },
);

test('a failure of the platform is one, guess or not', () => {
  expect(after({ '2': 'SPOT' })).toMatchObject({ chunks: [{ id: '2', failures: { SPOT: 1 } }] });
});

test('where the chunk before it failed too, it waits for that one', () => {
  const { chunks } = after({ '1': 'CODE', '2': 'CONFIG' }) as { chunks: readonly Chunk[] };

  expect(chunks).toEqual([{ id: '1.r1', ranges: [{ object: 0, start: 12, end: 20 }], given: true, replaces: '1' }, LEAVES[2]]);
});

test.each([
  ['begins with the object', { '0': 'CONFIG' }, LEAVES],
  ['has a proven start', { '1': 'CONFIG' }, [LEAVES[0]!, aChunk('1', 12, 20, { proven: true })]],
  ['was given the start that it would be given again', { '1': 'CONFIG' }, [LEAVES[0]!, aChunk('1', 12, 20, { given: true })]],
  [
    'holds row groups',
    { '1': 'CONFIG' },
    [LEAVES[0]!, aChunk('1', 0, 0, { ranges: [{ object: 0, start: 10, end: 20, rowGroups: [1, 2] }] })],
  ],
] as const)('the failure of a chunk that %s counts', (_, failed, leaves) => {
  expect(after(failed, { leaves })).toMatchObject({ next: 'stop', failure: { class: 'CONFIG' } });
});

test('where nothing is guessed every failure counts', () => {
  expect(after({ '2': 'CONFIG' }, { guesses: false })).toMatchObject({ next: 'stop' });
});

test('a job that is wrong for every chunk stops at once all the same', () => {
  expect(after({ '0': 'CONFIG', '1': 'CONFIG', '2': 'CONFIG', '3': 'CONFIG' })).toMatchObject({
    next: 'stop',
    failure: { class: 'CONFIG' },
  });
});
