import fc from 'fast-check';
import { JsonLines } from '../../../worker/rows/serialize-json';
import { Slabs } from '../../../worker/rows/slabs';

test('what was lent and not given back stays as it is, whatever is written after it', () => {
  const step = fc.record({ size: fc.constantFrom(1, 50, 5000, 400_000), keep: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lines = new JsonLines();
      const kept: { bytes: Buffer; text: string }[] = [];
      for (const [index, { size, keep }] of steps.entries()) {
        const row = { index, text: 'x'.repeat(size) };
        lines.add(row);
        const bytes = lines.take();
        if (keep) kept.push({ bytes, text: `${JSON.stringify(row)}\n` });
        else lines.giveBack(bytes);
      }

      for (const { bytes, text } of kept) expect(bytes.equals(Buffer.from(text))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a slab that came back whole is used again, and only then', () => {
  const slabs = new Slabs();
  const first = slabs.open(0);
  const [a, b] = [slabs.lend(first.subarray(0, 10)), slabs.lend(first.subarray(10, 30))];
  slabs.close(first);

  slabs.giveBack(a);
  const second = slabs.open(0);
  slabs.giveBack(b);
  const third = slabs.open(0);

  expect(second.buffer).not.toBe(first.buffer);
  expect(third.buffer).toBe(first.buffer);
});

test('pieces that lie side by side may come back as one', () => {
  const slabs = new Slabs();
  const slab = slabs.open(0);
  slabs.lend(slab.subarray(0, 10));
  slabs.lend(slab.subarray(10, 30));
  slabs.close(slab);

  slabs.giveBack(slab.subarray(0, 30));

  expect(slabs.open(0).buffer).toBe(slab.buffer);
});
