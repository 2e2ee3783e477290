import fc from 'fast-check';
import { matchesGlob, type Point } from '../../../local/faults/draw';
import { Faults, readHits } from '../../../local/faults/faults';
import { FaultPlan, type FaultPlanInput } from '../../../local/faults/plan';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';

afterEach(removeTemporaryFolders);

const aPlan = (rules: FaultPlanInput['rules'], seed = 1) => FaultPlan.parse({ seed, rules });
const PUT: Point = { service: 's3', operation: 'PutObject', target: '/bucket/key' };

/** Which of the first occurrences are hit. */
function hitsOf(faults: Faults, occurrences: number, point = PUT): number[] {
  return Array.from({ length: occurrences }, (_, i) => i + 1).filter(() => {
    const strike = faults.draw(['reset'], point);
    strike?.hit();
    return strike !== undefined;
  });
}

describe('a plan', () => {
  test.each([
    ['none', { kind: 'reset' as const }],
    ['two', { kind: 'reset' as const, rate: 0.1, every: 2 }],
  ])('is refused with %s of rate, nth and every', (_, rule) => {
    expect(() => aPlan([rule])).toThrow('exactly one of rate, nth and every');
  });

  test('is refused with a kind or field that does not exist', () => {
    expect(() => FaultPlan.parse({ seed: 1, rules: [{ kind: 'gremlin', rate: 1 }] })).toThrow();
    expect(() => FaultPlan.parse({ seed: 1, rules: [{ kind: 'reset', rate: 1, often: true }] })).toThrow('often');
  });
});

describe('a rule', () => {
  test('strikes at the occurrences that it names', () => {
    expect(hitsOf(new Faults(aPlan([{ kind: 'reset', nth: [2, 5] }]), temporaryFolder()), 6)).toEqual([2, 5]);
  });

  test('strikes at every nth', () => {
    expect(hitsOf(new Faults(aPlan([{ kind: 'reset', every: 3 }]), temporaryFolder()), 7)).toEqual([3, 6]);
  });

  test('strikes no more often than its limit', () => {
    expect(hitsOf(new Faults(aPlan([{ kind: 'reset', every: 1, limit: 2 }]), temporaryFolder()), 7)).toEqual([1, 2]);
  });

  test('strikes where its patterns match, and counts nothing else', () => {
    const faults = new Faults(aPlan([{ kind: 'reset', nth: [2], service: 's3', operation: 'Put*', target: '/b*' }]), temporaryFolder());

    const others = [{ service: 'sqs' }, { operation: 'GetObject' }, { target: '/other' }].map((other) =>
      hitsOf(faults, 3, { ...PUT, ...other }),
    );

    expect(others).toEqual([[], [], []]);
    expect(hitsOf(faults, 3)).toEqual([2]);
  });

  test('strikes at about its rate, the same for the same seed and operation, in whatever order operations come', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.constantFrom('PutObject', 'GetObject'), { maxLength: 200 }), (seed, operations) => {
        const plan = aPlan([{ kind: 'reset', rate: 0.3 }], seed);
        const mixed = new Faults(plan, temporaryFolder());
        const struck = operations.map((operation) => [operation, hitsOf(mixed, 1, { ...PUT, operation }).length] as const);

        for (const operation of ['PutObject', 'GetObject']) {
          const alone = new Faults(plan, temporaryFolder());
          const expected = struck.filter(([name]) => name === operation);
          expect(expected.map(() => hitsOf(alone, 1, { ...PUT, operation }).length)).toEqual(expected.map(([, hit]) => hit));
        }
      }),
      { numRuns: 20 },
    );
    const many = hitsOf(new Faults(aPlan([{ kind: 'reset', rate: 0.3 }]), temporaryFolder()), 1000).length;
    expect(many).toBeGreaterThan(240);
    expect(many).toBeLessThan(360);
  });

  test('goes on counting after a restart, so that nothing strikes twice', () => {
    const folder = temporaryFolder();
    const plan = aPlan([{ kind: 'reset', nth: [2, 4] }]);

    const before = hitsOf(new Faults(plan, folder), 2);
    const after = hitsOf(new Faults(plan, folder), 2);

    expect([before, after]).toEqual([[2], [2]]);
    expect(readHits(folder).map(({ n }) => n)).toEqual([2, 4]);
  });
});

test('hits are listed with what they hit', () => {
  const folder = temporaryFolder();

  hitsOf(new Faults(aPlan([{ name: 'lost', kind: 'reset', nth: [1] }]), folder), 1);

  expect(readHits(folder)).toEqual([{ at: expect.any(String), rule: 'lost', kind: 'reset', n: 1, ...PUT }]);
});

test.each([
  ['*', '', true],
  ['Put*', 'PutObject', true],
  ['*/commits/*', '/b/runs/r/commits/0', true],
  ['a.c', 'abc', false],
  ['Put', 'PutObject', false],
])('the pattern %s on "%s": %s', (pattern, value, matches) => {
  expect(matchesGlob(pattern, value)).toBe(matches);
});
