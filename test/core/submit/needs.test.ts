import fc from 'fast-check';
import { FARGATE_VCPUS, legalMemories, nextProfile } from '../../../core/submit/fargate';
import { canGrow, type Footing, needOf, partiesOf } from '../../../core/submit/needs';
import { aChunk } from '../../support/records';

const GIB = 1024;
const footing: Footing = { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2 * GIB }, onDemandAfter: 2, ceilingMiB: 30 * GIB };
const pairs = FARGATE_VCPUS.flatMap((vcpu) => legalMemories(vcpu).map((memoryMiB) => ({ vcpu, memoryMiB })));

describe('the ladder of memory', () => {
  const climb = (ceilingMiB: number) => {
    const rungs = [footing.profile];
    for (let next = nextProfile(footing.profile, ceilingMiB); next; next = nextProfile(next, ceilingMiB)) rungs.push(next);
    return rungs.map(({ vcpu, memoryMiB }) => `${vcpu}/${memoryMiB / GIB}`);
  };

  test('goes on with more vCPU where the memory of one is exhausted, up to the ceiling', () => {
    expect(climb(30 * GIB)).toEqual(['1/2', '1/3', '1/5', '1/8', '2/12', '4/18', '4/27', '4/30']);
    expect(climb(120 * GIB).at(-1)).toBe('16/120');
    expect(climb(3 * GIB)).toEqual(['1/2', '1/3']);
  });

  test('each rung is a legal pair with more memory and no less vCPU, from wherever it begins, and ends in few', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.integer({ min: 512, max: 120 * GIB }), (start, ceiling) => {
        let rungs = 0;
        for (let at = start, next = nextProfile(at, ceiling); next; at = next, next = nextProfile(at, ceiling)) {
          expect(legalMemories(next.vcpu)).toContain(next.memoryMiB);
          expect(next.memoryMiB).toBeGreaterThan(at.memoryMiB);
          expect(next.memoryMiB).toBeLessThanOrEqual(ceiling);
          expect(next.vcpu).toBeGreaterThanOrEqual(at.vcpu);
          rungs += 1;
        }
        expect(rungs).toBeLessThan(16);
      }),
    );
  });
});

describe('a chunk needs', () => {
  test('what the job begins with while nothing happened', () => {
    expect(needOf(aChunk('a', 0, 1), footing)).toEqual({ capacity: 'spot', profile: footing.profile });
  });

  test('a rung for each time it ran out of memory, whatever else happened to it', () => {
    expect(needOf(aChunk('a', 0, 1, { failures: { OOM: 2, SPOT: 1 } }), footing)).toEqual({
      capacity: 'spot',
      profile: { vcpu: 1, memoryMiB: 5 * GIB },
    });
  });

  test('on-demand capacity after as many Spot losses as the spec says', () => {
    const lost = aChunk('a', 0, 1, { failures: { SPOT: 3 } });

    expect(needOf(lost, { ...footing, onDemandAfter: 4 }).capacity).toBe('spot');
    expect(needOf(lost, { ...footing, onDemandAfter: 3 }).capacity).toBe('on-demand');
  });

  test('no more than the ceiling: then it cannot grow', () => {
    const low = { ...footing, ceilingMiB: 3 * GIB };

    expect(canGrow(aChunk('a', 0, 1, { failures: { OOM: 1 } }), low)).toBe(true);
    expect(canGrow(aChunk('a', 0, 1, { failures: { OOM: 2 } }), low)).toBe(false);
    expect(needOf(aChunk('a', 0, 1, { failures: { OOM: 9 } }), low).profile.memoryMiB).toBe(3 * GIB);
  });
});

test('chunks of one need are one party: the rest is not raised with them', () => {
  const chunks = [
    aChunk('a', 0, 1),
    aChunk('b', 1, 2, { failures: { OOM: 1 }, alone: true }),
    aChunk('c', 2, 3, { failures: { HOST: 2 } }),
    aChunk('d', 3, 4, { failures: { SPOT: 2 } }),
  ];

  expect(partiesOf(chunks, footing)).toEqual([
    { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2 * GIB }, packed: [chunks[0], chunks[2]], alone: [] },
    { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 3 * GIB }, packed: [], alone: [chunks[1]] },
    { capacity: 'on-demand', profile: { vcpu: 1, memoryMiB: 2 * GIB }, packed: [chunks[3]], alone: [] },
  ]);
});
