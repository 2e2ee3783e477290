import fc from 'fast-check';
import { createFilePacker, createPacker, type Pack, type Packer, type PackerState, type PackLimits } from '../../../core/plan/small-files';

interface File {
  readonly key: string;
  readonly bytes: number;
}
type Create = (limits: PackLimits, state?: PackerState<File>) => Packer<File>;

const files = (sizes: readonly number[]): File[] => sizes.map((bytes, i) => ({ key: `f${i}`, bytes }));
const packAll = (packer: Packer<File>, objects: readonly File[]): Pack<File>[] => [
  ...objects.flatMap((object) => packer.add(object)),
  ...packer.flush(),
];

/** Sizes that differ everywhere, the same on every run. */
function randomSizes(count: number, size: (unit: number) => number, seed = 7): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(size(state / 2 ** 32));
  });
}

const sizes = fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 3000 });
const limits = fc.record({ bytes: fc.integer({ min: 1, max: 120 }), files: fc.integer({ min: 1, max: 40 }) });

describe.each<[string, Create]>([
  ['createPacker', createPacker],
  ['createFilePacker', createFilePacker],
])('%s', (_name, create) => {
  test('law: every object is in exactly one chunk, and no chunk is over a limit unless one object forces it', () => {
    fc.assert(
      fc.property(sizes, limits, (bytes, limit) => {
        const objects = files(bytes);

        const packs = packAll(create(limit), objects);

        expect(packs.flatMap((pack) => pack.objects.map(({ key }) => key)).toSorted()).toEqual(objects.map(({ key }) => key).toSorted());
        for (const pack of packs) {
          expect(pack.bytes).toBe(pack.objects.reduce((sum, object) => sum + object.bytes, 0));
          expect(pack.objects.length).toBeLessThanOrEqual(limit.files);
          if (pack.bytes > limit.bytes) expect(pack.objects.filter((object) => object.bytes > 0)).toHaveLength(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('law: stopped at any object and rebuilt from its state as JSON, it makes the same chunks', () => {
    fc.assert(
      fc.property(sizes, limits, fc.nat(), (bytes, limit, n) => {
        const objects = files(bytes);
        const at = n % (objects.length + 1);

        const first = create(limit);
        const before = objects.slice(0, at).flatMap((object) => first.add(object));
        const second = create(limit, JSON.parse(JSON.stringify(first.state())) as PackerState<File>);

        expect([...before, ...packAll(second, objects.slice(at))]).toEqual(packAll(create(limit), objects));
      }),
      { numRuns: 60 },
    );
  });

  test('objects keep their order within a chunk', () => {
    for (const pack of packAll(create({ bytes: 1000, files: 50 }), files(randomSizes(5000, (unit) => unit * 300)))) {
      const order = pack.objects.map(({ key }) => Number(key.slice(1)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test('no objects are no chunks, and empty ones are counted', () => {
    expect(packAll(create({ bytes: 10, files: 2 }), [])).toEqual([]);
    expect(packAll(create({ bytes: 10, files: 2 }), files([0, 0, 0])).map((pack) => pack.objects.length)).toEqual([2, 1]);
  });

  test.each([
    { bytes: 0, files: 1 },
    { bytes: 1, files: 0 },
    { bytes: 1.5, files: 1 },
  ])('limits of %j are refused', (limit) => {
    expect(() => create(limit)).toThrow('expected whole numbers from 1 on');
  });
});

describe('createPacker', () => {
  const BYTES = 1000;

  test('an object as large as a chunk passes through at once', () => {
    const packer = createPacker<File>({ bytes: 100, files: 10 });
    packer.add({ key: 'small', bytes: 1 });

    expect(packer.add({ key: 'large', bytes: 100 })).toEqual([{ objects: [{ key: 'large', bytes: 100 }], bytes: 100 }]);
    expect(packer.flush()).toEqual([{ objects: [{ key: 'small', bytes: 1 }], bytes: 1 }]);
  });

  test.each([
    ['uniform up to a chunk', (unit: number) => unit * BYTES],
    ['uniform up to half a chunk', (unit: number) => (unit * BYTES) / 2],
    ['mostly tiny', (unit: number) => unit ** 8 * BYTES],
    ['around a third of a chunk', (unit: number) => BYTES * (0.3 + 0.08 * unit)],
  ])('law: chunks of random sizes %s are 85 %% full on average', (_name, size) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const packs = packAll(createPacker({ bytes: BYTES, files: 1_000_000 }), files(randomSizes(20_000, size, seed)));

        const full = packs.reduce((sum, { bytes }) => sum + bytes, 0) / (packs.length * BYTES);
        expect(full).toBeGreaterThan(0.85);
      }),
      { numRuns: 5 },
    );
  });

  test('law: of the chunks closed before the end each is over half full or has all its files', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 30 }), (seed, most) => {
        const packer = createPacker<File>({ bytes: BYTES, files: most });
        const closed = files(randomSizes(10_000, (unit) => unit * unit * BYTES, seed)).flatMap((object) => packer.add(object));

        expect(closed.filter(({ bytes, objects }) => bytes <= BYTES / 2 && objects.length < most)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  test('what it remembers does not grow with the number of objects', () => {
    const packer = createPacker<File>({ bytes: BYTES, files: 100 });
    let most = 0;
    for (const object of files(randomSizes(50_000, (unit) => unit * 20))) {
      packer.add(object);
      const { window, open } = packer.state();
      most = Math.max(most, window.length + open.reduce((sum, { objects }) => sum + objects.length, 0));
    }
    expect(most).toBeLessThanOrEqual(1024 + 8 * 100);
  });
});
