import fc from 'fast-check';
import { guessCuts } from '../../../core/plan/key-space';
import { compareUtf8 } from '../../../core/utf8-order';

const page = (from: number, write: (n: number) => string): string[] => Array.from({ length: 1000 }, (_, i) => write(from + i));

describe('guessCuts', () => {
  test('law: cuts ascend and lie behind the page, whatever the keys', () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 16 }), (all, count) => {
        const sorted = all.toSorted(compareUtf8);

        const cuts = guessCuts(sorted, { pages: 3.9, count });

        expect([sorted.at(-1), ...cuts]).toEqual([...new Set([sorted.at(-1), ...cuts])].toSorted((a, b) => compareUtf8(a!, b!)));
        expect(cuts.length).toBeLessThanOrEqual(count);
      }),
      { numRuns: 500 },
    );
  });

  test('numbered keys are cut where the numbers go on', () => {
    const keys = page(9000, (n) => `in/obj-${String(n).padStart(7, '0')}.csv`);

    const cuts = guessCuts(keys, { pages: 2, count: 3 });

    expect(cuts.map((cut) => cut.slice(0, 14))).toEqual(['in/obj-0011997', 'in/obj-0013995', 'in/obj-0015993']);
  });

  test('hexadecimal keys carry into letters', () => {
    const keys = page(0x8f00, (n) => `h/${n.toString(16)}`);

    expect(guessCuts(keys, { pages: 1, count: 2 })).toEqual([`h/${(0x8f00 + 1998).toString(16)}`, `h/${(0x8f00 + 2997).toString(16)}`]);
  });

  test('one key alone, or no room behind the last one, gives no cut', () => {
    expect(guessCuts(['a/1'], { pages: 4, count: 8 })).toEqual([]);
    expect(guessCuts([], { pages: 4, count: 8 })).toEqual([]);
    expect(guessCuts(['0', '9'], { pages: 4, count: 8 })).toEqual([]);
  });
});
