import type { ChunkFailure } from '../../../core/assess/charges';
import { nextAttempt, type Terms } from '../../../core/assess/next-attempt';
import type { Chunk, Outline, Piece } from '../../../core/contracts';
import { aChunk } from '../../support/records';
import { aPolicy, failed } from '../../support/situations';

const failure = { class: 'CODE', message: 'it threw', hint: 'mend it' } as const;

const anOutline = (records: number, cuts: readonly [start: number, end: number][], chunk = '0000003'): Outline => ({
  schema: 'outline.v1',
  chunk,
  attempt: { round: 1, array: 0, task: 0, jobId: 'j', attempt: 1 },
  records,
  pieces: cuts.map(([start, end]): Piece => ({ ranges: [{ object: 0, start, end }], records: 1 })),
});

const terms = (overrides: Partial<Terms> = {}, errors: Record<string, unknown> = {}, compute: Record<string, unknown> = {}): Terms => ({
  ...aPolicy(errors, compute),
  isCuttable: () => true,
  outlines: new Map(),
  ...overrides,
});

const outlined = (outline: Outline) => ({ outlines: new Map([[outline.chunk, outline]]) });
const next = (chunk: Chunk, failures: readonly ChunkFailure[], given: Terms = terms()) => nextAttempt(chunk, failures, given);
const chunksOf = (answer: ReturnType<typeof nextAttempt>) => ('chunks' in answer ? answer.chunks : []);
const CHUNK = aChunk('0000003', 100, 180);
const ONCE = { ...CHUNK, failures: { CODE: 1 } };

describe('a failure of the records', () => {
  test('is tried once more as it is', () => {
    expect(next(CHUNK, [failed(CHUNK.id, 'CODE', { failure })])).toEqual({ chunks: [ONCE], certain: false });
  });

  test('that comes again cuts the chunk where a worker saw records begin; nothing is guessed at the cuts', () => {
    const outline = anOutline(40, [
      [100, 130],
      [130, 180],
    ]);

    const answer = next(ONCE, [failed(CHUNK.id, 'CODE', { failure })], terms(outlined(outline)));

    expect(answer).toEqual({
      certain: true,
      chunks: [
        { id: '0000003.0', ranges: [{ object: 0, start: 100, end: 130 }], replaces: '0000003', level: 1, failures: {} },
        { id: '0000003.1', ranges: [{ object: 0, start: 130, end: 180 }], replaces: '0000003', level: 1, failures: {}, given: true },
      ],
    });
  });

  test('of a chunk whose start is proven leaves proven pieces', () => {
    const outline = anOutline(40, [
      [100, 130],
      [130, 180],
    ]);

    const answer = next({ ...ONCE, proven: true }, [failed(CHUNK.id, 'CODE')], terms(outlined(outline)));

    expect(chunksOf(answer)).toMatchObject([{ proven: true }, { proven: true }]);
  });

  test('of a piece is enough: its chunk has failed before', () => {
    const outline = anOutline(2, [
      [100, 101],
      [101, 180],
    ]);

    expect(chunksOf(next({ ...CHUNK, level: 3 }, [failed(CHUNK.id, 'DATA', { failure })], terms(outlined(outline))))).toHaveLength(2);
  });

  test('of as few records as may be set aside together sets them aside, with the reason', () => {
    const answer = next(ONCE, [failed(CHUNK.id, 'CODE', { failure })], terms(outlined(anOutline(3, [])), { bisect: { maxRecords: 3 } }));

    expect(answer).toMatchObject({ certain: true, chunks: [{ id: '0000003', suspect: { class: 'CODE', message: 'it threw' } }] });
  });

  test('whose record the worker could name cuts around it at once', () => {
    const pieces = anOutline(40, [
      [100, 150],
      [150, 151],
      [151, 180],
    ]).pieces;

    const answer = next(ONCE, [failed(CHUNK.id, 'CODE', { failure, blame: { pieces, at: 1 } })], terms(outlined(anOutline(40, []))));

    expect(chunksOf(answer).map(({ id, suspect }) => [id, suspect?.message])).toEqual([
      ['0000003.0', undefined],
      ['0000003.1', 'it threw'],
      ['0000003.2', undefined],
    ]);
  });

  test('that came before any record was seen ends in its own words: less of the same would not help', () => {
    const said = { class: 'DATA', message: 'the record at byte 7 is too long', hint: 'look' } as const;

    expect(next({ ...CHUNK, failures: { DATA: 1 } }, [failed(CHUNK.id, 'DATA', { failure: said })])).toEqual({
      gaveUp: 'DATA',
      failure: said,
    });
  });

  test('is not cut where the spec says so', () => {
    const answer = next(ONCE, [failed(CHUNK.id, 'CODE', { failure })], terms(outlined(anOutline(40, [[100, 180]])), { bisect: false }));

    expect(answer).toEqual({ gaveUp: 'CODE', failure });
  });

  test('even of records that were not to be touched ends the run', () => {
    const suspect = { class: 'CODE', message: 'it threw' } as const;

    expect(next({ ...ONCE, suspect }, [failed(CHUNK.id, 'CODE')], terms(outlined(anOutline(1, []))))).toEqual({ gaveUp: 'CODE' });
  });

  test('may be tried more often before the chunk is cut, if the spec says so', () => {
    const patient = terms(outlined(anOutline(40, [[100, 180]])), { retry: { CODE: { attempts: 3 } } });

    expect(next(ONCE, [failed(CHUNK.id, 'CODE', { failure })], patient)).toMatchObject({
      chunks: [{ failures: { CODE: 2 } }],
      certain: false,
    });
  });
});

describe('a worker that died without a word', () => {
  test('gives the chunk under way a task of its own, so that others are not killed with it again', () => {
    expect(chunksOf(next(CHUNK, [failed(CHUNK.id, 'CODE')]))).toMatchObject([{ alone: true }]);
    expect(chunksOf(next(CHUNK, [failed(CHUNK.id, 'SPOT')]))[0]).not.toHaveProperty('alone');
  });

  test('twice, before anybody saw records, cuts the chunk by its bytes, whose records are found anew', () => {
    const pieces = chunksOf(next(ONCE, [failed(CHUNK.id, 'CODE')]));

    expect(pieces.map(({ ranges }) => [ranges[0]?.start, ranges[0]?.end])).toEqual(
      Array.from({ length: 8 }, (_, i) => [100 + 10 * i, 110 + 10 * i]),
    );
    expect(pieces.some(({ given, proven }) => given || proven)).toBe(false);
    expect(pieces.every(({ alone }) => alone)).toBe(true);
  });

  test('over what cannot be cut between its bytes ends the run', () => {
    expect(next(ONCE, [failed(CHUNK.id, 'CODE')], terms({ isCuttable: () => false }))).toEqual({ gaveUp: 'CODE' });
  });

  test('over several files leaves fewer files to each piece', () => {
    const files = { ...ONCE, ranges: [0, 1, 2].map((object) => ({ object, start: 0, end: 5 })) };

    expect(chunksOf(next(files, [failed(CHUNK.id, 'CODE')])).map(({ ranges }) => ranges.map(({ object }) => object))).toEqual([
      [0],
      [1],
      [2],
    ]);
  });
});

describe('memory', () => {
  const low = { memory: '2GiB', maxMemory: '3GiB' };

  test('is raised while it can be, and at the ceiling the chunk is cut', () => {
    const once = next(CHUNK, [failed(CHUNK.id, 'OOM')], terms({}, {}, low));
    expect(once).toEqual({ chunks: [{ ...CHUNK, failures: { OOM: 1 }, alone: true }], certain: false });

    const twice = chunksOf(next({ ...CHUNK, failures: { OOM: 1 } }, [failed(CHUNK.id, 'OOM')], terms({}, {}, low)));
    expect(twice).toHaveLength(8);
    expect(twice[0]).toMatchObject({ level: 1, failures: { OOM: 2 }, alone: true });
  });

  test('that does not suffice for a single record sets it aside', () => {
    const piece = { ...CHUNK, level: 4, failures: { OOM: 1 } };

    expect(next(piece, [failed(CHUNK.id, 'OOM')], terms(outlined(anOutline(1, [])), {}, low))).toMatchObject({
      chunks: [{ suspect: { class: 'OOM', message: 'the worker died with OOM at every attempt' } }],
    });
  });

  test('ends the run where nothing can be cut, or after as many attempts as the spec says', () => {
    const full = { ...CHUNK, failures: { OOM: 1 } };

    expect(next(full, [failed(CHUNK.id, 'OOM')], terms({ isCuttable: () => false }, {}, low))).toEqual({ gaveUp: 'OOM' });
    expect(next(full, [failed(CHUNK.id, 'OOM')], terms({}, { retry: { OOM: { attempts: 2 } } }, low))).toEqual({ gaveUp: 'OOM' });
  });
});

test('time: a task of its own, then a smaller chunk, then the end', () => {
  const first = chunksOf(next(CHUNK, [failed(CHUNK.id, 'TIMEOUT')]));
  expect(first).toEqual([{ ...CHUNK, failures: { TIMEOUT: 1 }, alone: true }]);

  const second = chunksOf(next(first[0] ?? CHUNK, [failed(CHUNK.id, 'TIMEOUT')]));
  expect(second).toHaveLength(8);

  expect(next(second[0] ?? CHUNK, [failed('0000003.0', 'TIMEOUT')])).toEqual({ gaveUp: 'TIMEOUT' });
});

test('what is wrong with the platform is tried again until the class is worn out', () => {
  expect(next({ ...CHUNK, failures: { HOST: 4 } }, [failed(CHUNK.id, 'HOST')])).toMatchObject({ chunks: [{ failures: { HOST: 5 } }] });
  expect(next({ ...CHUNK, failures: { HOST: 5 } }, [failed(CHUNK.id, 'HOST')])).toEqual({ gaveUp: 'HOST' });
});

test('several failures of one round are all charged', () => {
  expect(chunksOf(next(CHUNK, [failed(CHUNK.id, 'DATA', { failure }), failed(CHUNK.id, 'SPOT', { times: 2 })]))).toMatchObject([
    { failures: { DATA: 1, SPOT: 2 } },
  ]);
});
