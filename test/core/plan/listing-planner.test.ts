import fc from 'fast-check';
import type { Chunk } from '../../../core/contracts';
import { type ListedObject, ListingPlanner, type ListingPlannerState } from '../../../core/plan/listing-planner';

const RULE = { bytes: 100 };

const anObject = (bytes: number, i: number): ListedObject => ({ key: `in/${i}`, versionId: `v${i}`, bytes, etag: '"e"' });

const look = ({ bytes, etag }: ListedObject) => ({ bytes, etag, header: bytes % 2 === 0 ? ['a'] : ['b'] });

/** Plans all, stopping and going on with the state as JSON before those that are named. */
function planAll(objects: readonly ListedObject[], restartBefore: readonly number[] = []) {
  let planner = new ListingPlanner(RULE);
  const chunks: Chunk[] = [];
  for (const [i, object] of objects.entries()) {
    if (restartBefore.includes(i)) planner = new ListingPlanner(RULE, JSON.parse(JSON.stringify(planner.state())) as ListingPlannerState);
    const isWanted = planner.chooser()([object]).length > 0;
    chunks.push(...planner.add(object, isWanted ? look(object) : undefined));
  }
  chunks.push(...planner.rest());
  return { chunks, found: planner.found };
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 350 }), fc.integer({ min: 0, max: 20 })), { maxLength: 120 });

test('law: the plan is a pure function of the listing, wherever it was left and gone on with', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(119), { maxLength: 6 }), (all, restarts) => {
      const objects = all.map(anObject);

      expect(planAll(objects, restarts)).toEqual(planAll(objects));
    }),
  );
});

test('law: every object with content is in the chunks once, byte by byte, and is what was listed', () => {
  fc.assert(
    fc.property(sizes, (all) => {
      const objects = all.map(anObject);
      const { chunks, found } = planAll(objects);

      const ranges = chunks.flatMap((chunk) => chunk.ranges);
      for (const [i, { key, versionId, bytes }] of objects.entries()) {
        const mine = ranges.filter(({ object }) => object === i);
        expect(mine.map(({ start }) => start)).toEqual([0, ...mine.map(({ end }) => end)].slice(0, mine.length));
        expect(mine.at(-1)?.end ?? 0).toBe(bytes);
        for (const { ref } of mine) expect(ref).toMatchObject({ key, versionId, bytes });
      }
      expect(found).toMatchObject({ objects: all.length, empty: all.filter((bytes) => bytes === 0).length });
    }),
  );
});

test('objects of a chunk and more are looked at, of the others the first and ever fewer', () => {
  const choose = new ListingPlanner(RULE).chooser();
  const page = Array.from({ length: 70 }, (_, i) => anObject(i === 40 ? 100 : 5, i));

  expect(choose(page)).toEqual([...Array.from({ length: 33 }, (_, i) => i), 40, 65]);
  expect(choose(page.slice(0, 40))).toEqual([]);
  expect(choose(Array(100).fill(anObject(5, 0)))).toEqual([19]);
});

test('without versions the ETag pins what is read, and another one is refused', () => {
  const planner = new ListingPlanner(RULE);
  const unversioned = { ...anObject(10, 0), versionId: 'null' };

  [...planner.add(unversioned)];
  expect([...planner.rest()][0]?.ranges[0]?.ref).toEqual({ key: 'in/0', versionId: 'null', bytes: 10, etag: '"e"' });
  expect(() => planner.add(unversioned, { bytes: 10, etag: '"f"' })).toThrow('it was replaced meanwhile');
  expect(() => planner.add(anObject(10, 0), { bytes: 11, etag: '"e"' })).toThrow('it was replaced meanwhile');
});

test('an empty object whose key ends with a slash marks a folder, one with content is planned', () => {
  const planner = new ListingPlanner({ bytes: 100, whole: true });
  const marks = [
    { key: 'in/a/', versionId: 'v', bytes: 0, etag: '"e"' },
    { key: 'in/b/', versionId: 'v', bytes: 5, etag: '"e"' },
  ];
  for (const object of marks) expect([...planner.add(object)]).toEqual([]);

  expect([...planner.rest()]).toMatchObject([{ ranges: [{ object: 1, ref: { key: 'in/b/', bytes: 5 } }] }]);
  expect(planner.found).toMatchObject({ objects: 2, empty: 1 });
});
