import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../core/plan/checkpoint';
import { ListingPlanner } from '../../../core/plan/listing-planner';
import { markList } from '../../../core/plan/marks';

function aCheckpoint(overrides: Partial<Checkpoint> = {}): Checkpoint {
  const planner = new ListingPlanner({ bytes: 100 });
  for (const bytes of [10, 250, 0, 30]) [...planner.add({ key: `in/${bytes}`, versionId: 'v', bytes, etag: '"e"' })];
  const text = { uploadId: 'u', pieces: [{ partNumber: 1, etag: '"p"', checksum: 'AAAAAA==' }], crc: 7, tail: Buffer.from('é\n\0rest') };
  return { after: 'in/ü', file: 2, ended: false, planner: planner.state(), text, marks: markList(100).state(), ...overrides };
}

const marksOf = (works: readonly number[]) => {
  const marks = markList(64);
  for (const work of works) marks.add(work, 90);
  return marks.state();
};

test('law: what was written is what is read', () => {
  const anything = fc.record({
    tail: fc.uint8Array({ maxLength: 300 }),
    works: fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 200 }),
    ended: fc.boolean(),
  });
  fc.assert(
    fc.property(anything, ({ tail, works, ended }) => {
      const { text } = aCheckpoint();
      const made = aCheckpoint({ ended, text: { ...text, tail: Buffer.from(tail) }, marks: marksOf(works) });

      expect(decodeCheckpoint(encodeCheckpoint(made))).toEqual(made);
    }),
  );
});

test('a million marks take a few megabytes at most', () => {
  const marks = markList(2 ** 20);
  for (let i = 0; i < 1_000_000; i++) marks.add(1024 + ((i * 7919) % 1_000_003), 150 + (i % 40));

  expect(encodeCheckpoint(aCheckpoint({ marks: marks.state() })).length).toBeLessThan(6e6);
});

test('one that is cut short, or of another kind, is refused', () => {
  const stored = gunzipSync(encodeCheckpoint(aCheckpoint({ marks: marksOf([1, 2, 3]) })));

  expect(() => decodeCheckpoint(gzipSync(stored.subarray(0, -1)))).toThrow('its first line says');
  expect(() =>
    decodeCheckpoint(gzipSync(Buffer.from(stored.toString('latin1').replace('checkpoint.v1', 'checkpoint.v2'), 'latin1'))),
  ).toThrow('checkpoint.v1');
});
