import fc from 'fast-check';
import { decodeTaskEntry, encodeTaskEntry, linesOf, packEntries, TASK_ENTRY_BYTES, taskEntryRange } from '../../../core/plan/task-index';

/** The index of tasks whose lines have these lengths, behind so many bytes. */
function indexOf(lengths: readonly number[], start: number): string {
  let at = start;
  return lengths
    .map((length) => {
      const entry = encodeTaskEntry({ start: at, end: at + length });
      at += length;
      return entry;
    })
    .join('');
}

test('law: packed entries tell the same lines as the index', () => {
  const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 40 })), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 2 ** 40 }), (all, start) => {
      const index = indexOf(all, start);
      const packed = packEntries(index, start);

      for (let task = 0; task < all.length; task++) {
        const { start: from, end: to } = taskEntryRange(task);
        expect(linesOf(packed, task)).toEqual(decodeTaskEntry(index.slice(from, to)));
      }
      expect(() => linesOf(packed, all.length)).toThrow(`no task ${all.length}`);
    }),
  );
});

test('the largest array packs into what one small read brings', () => {
  const { lengths } = packEntries(indexOf(Array(10_000).fill(2_000_000), 10e9), 10e9);

  expect(lengths.length).toBeLessThanOrEqual(40_000);
});

test('law: an entry with another digit is noticed, unless it is the last length', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(lengths, fc.nat(), fc.integer({ min: 1, max: 9 }), (all, place, by) => {
      const index = indexOf(all, 700);
      const digits = [...index].flatMap((character, i) => (/\d/.test(character) && i < index.length - 16 ? [i] : []));
      const at = digits[place % digits.length] ?? 0;
      const other = `${index.slice(0, at)}${(Number(index[at]) + by) % 10}${index.slice(at + 1)}`;

      expect(() => packEntries(other, 700)).toThrow(/the task index says that lines begin at \d+ where those before end at \d+/);
    }),
  );
});

test('no tasks are no lines', () => {
  expect(packEntries('', 0)).toEqual({ start: 0, lengths: '' });
  expect(TASK_ENTRY_BYTES).toBe(32);
});
