import fc from 'fast-check';
import { type Footing, partiesOf } from '../../../core/submit/needs';
import { packParties } from '../../../core/submit/party-packing';
import { aChunk } from '../../support/records';

const footing: Footing = { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2048 }, onDemandAfter: 2, ceilingMiB: 30 * 1024 };

const chunks = fc
  .array(fc.record({ OOM: fc.nat({ max: 3 }), SPOT: fc.nat({ max: 3 }), alone: fc.boolean(), bytes: fc.nat({ max: 1000 }) }), {
    maxLength: 40,
  })
  .map((all) =>
    all.map(({ OOM, SPOT, alone, bytes }, i) =>
      aChunk(String(i).padStart(7, '0'), 0, bytes, { failures: { OOM, SPOT }, ...(alone && { alone }) }),
    ),
  );

test('every chunk is in one task, every task in one array, and the arrays follow one another', () => {
  fc.assert(
    fc.property(chunks, (all) => {
      const packed = packParties(partiesOf(all, footing));

      expect(packed.chunks.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id));
      expect(packed.starts).toEqual([...new Set(packed.starts)].toSorted((a, b) => a - b));
      expect(packed.arrays.map(({ array }) => array)).toEqual(packed.arrays.map((_, i) => i));
      const ends = packed.arrays.map(({ firstTask, tasks }) => firstTask + tasks);
      expect(packed.arrays.map(({ firstTask }) => firstTask)).toEqual([0, ...ends].slice(0, packed.arrays.length));
      expect(ends.at(-1) ?? 0).toBe(packed.starts.length);
    }),
  );
});

test('a chunk that is to be alone is', () => {
  fc.assert(
    fc.property(chunks, (all) => {
      const { chunks: list, starts } = packParties(partiesOf(all, footing));
      const sizeOf = (task: number) => (starts[task + 1] ?? list.length) - (starts[task] ?? 0);

      const crowded = starts.filter(
        (start, task) => sizeOf(task) > 1 && list.slice(start, start + sizeOf(task)).some(({ alone }) => alone),
      );

      expect(crowded).toEqual([]);
    }),
  );
});

test('a list that was read back packs as it did before, so a step that died half way is repeated', () => {
  fc.assert(
    fc.property(chunks, (all) => {
      const first = packParties(partiesOf(all, footing));

      expect(packParties(partiesOf(first.chunks, footing))).toEqual(first);
    }),
  );
});
