import fc from 'fast-check';
import { Fingerprint, type Fingerprinted } from '../../../core/plan/fingerprint';

const anEntry = (overrides: Partial<Fingerprinted> = {}): Fingerprinted => ({
  key: 'a',
  versionId: 'v1',
  bytes: 1,
  etag: '"e"',
  ...overrides,
});

function of(objects: readonly Fingerprinted[], leaveAt: readonly number[] = []): string {
  let fingerprint = new Fingerprint();
  for (const [i, object] of objects.entries()) {
    if (leaveAt.includes(i)) fingerprint = new Fingerprint(JSON.parse(JSON.stringify(fingerprint.state())));
    fingerprint.add(object);
  }
  return fingerprint.value;
}

const many = (count: number) => Array.from({ length: count }, (_, i) => anEntry({ key: `k${i}` }));

test('it is the same wherever it was left and gone on with', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 700 }), fc.array(fc.nat(699), { maxLength: 5 }), (count, leaveAt) => {
      expect(of(many(count), leaveAt)).toBe(of(many(count)));
    }),
  );
});

test('another version, another key, another order or one object more is another one', () => {
  const list = many(300);
  const others = [
    list.with(7, anEntry({ key: 'k7', versionId: 'v2' })),
    list.with(299, anEntry({ key: 'other' })),
    [list[1]!, list[0]!, ...list.slice(2)],
    list.slice(1),
    [...list, anEntry()],
  ];

  expect(new Set([list, ...others].map((objects) => of(objects))).size).toBe(6);
});

test('keys and versions that run into each other are told apart', () => {
  const lists = [
    [anEntry({ key: 'ab', versionId: 'c' })],
    [anEntry({ key: 'a', versionId: 'bc' })],
    [anEntry({ key: 'a\n1:b' })],
    [anEntry(), anEntry({ key: 'b' })],
  ];

  expect(new Set(lists.map((list) => of(list))).size).toBe(4);
});

test('without versions the content counts, with them it is theirs', () => {
  const pinned = [anEntry(), anEntry({ etag: '"f"' })].map((object) => of([object]));
  const unversioned = [anEntry({ versionId: 'null' }), anEntry({ versionId: 'null', etag: '"f"' })].map((object) => of([object]));

  expect(new Set(pinned).size).toBe(1);
  expect(new Set(unversioned).size).toBe(2);
});
