import fc from 'fast-check';
import { AFTER, fromOrderKey, OrderedKeys, toOrderKey } from '../../../local/s3/ordered-keys';

const anyKey = fc.string({ unit: 'grapheme', maxLength: 6 });
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const unique = (keys: readonly string[]): string[] => [...new Set(keys)];

test('keys come in the order of their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.array(anyKey), (keys) => {
      const ordered = new OrderedKeys();
      for (const key of keys) ordered.add(toOrderKey(key));

      expect([...ordered.from('')].map(fromOrderKey)).toEqual(unique(keys).toSorted(byBytes));
    }),
  );
});

test('a character beyond the basic plane sorts behind one that UTF-16 would put after it', () => {
  expect(toOrderKey('\uffee') < toOrderKey('😀')).toBe(true);
  expect('\uffee' < '😀').toBe(false);
});

test('an order key is undone without loss', () => {
  fc.assert(fc.property(anyKey, (key) => expect(fromOrderKey(toOrderKey(key))).toBe(key)));
});

test('any mixture of additions and removals agrees with a plain sorted set', () => {
  const step = fc.record({ add: fc.boolean(), key: fc.integer({ min: 0, max: 60 }).map((n) => `k${n}`) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 60 }), (steps, from) => {
      const [ordered, model] = [new OrderedKeys(), new Set<string>()];
      for (const { add, key } of steps) {
        if (add) [ordered.add(key), model.add(key)];
        else [ordered.remove(key), model.delete(key)];
      }

      const expected = [...model].toSorted().filter((key) => key >= `k${from}`);
      expect([...ordered.from(`k${from}`)]).toEqual(expected);
      expect(ordered.size).toBe(model.size);
    }),
  );
});

test.each([
  ['in order', (i: number) => i],
  ['backwards', (i: number) => 99_999 - i],
  ['scattered', (i: number) => (i * 7919) % 100_000],
])('100,000 keys added %s stay sorted across many blocks', (_, place) => {
  const ordered = new OrderedKeys();
  const key = (i: number): string => String(i).padStart(6, '0');
  for (let i = 0; i < 100_000; i++) ordered.add(key(place(i)));
  for (let i = 0; i < 100_000; i += 2) ordered.remove(key(i));

  const keys = [...ordered.from(key(50_000))];

  expect(ordered.size).toBe(50_000);
  expect(keys.length).toBe(25_000);
  expect(keys.slice(0, 2)).toEqual([key(50_001), key(50_003)]);
});

test('everything under a prefix lies before the prefix followed by AFTER', () => {
  const ordered = new OrderedKeys();
  for (const key of ['a/\u00ff', 'a/zzz', 'a0', 'b']) ordered.add(key);

  expect([...ordered.from(`a/${AFTER}`)]).toEqual(['a0', 'b']);
});
