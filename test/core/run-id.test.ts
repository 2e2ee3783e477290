import fc from 'fast-check';
import { distinctObjects, runIdOf } from '../../core/run-id';

const A = { bucket: 'in', key: 'a', versionId: 'v1' };
const B = { bucket: 'in', key: 'b', versionId: 'v2' };

test('names that runs were given stay theirs', () => {
  expect(runIdOf('orders', [B, A])).toBe('orders-6d710ff8e85eaa914a717106');
  expect(runIdOf('orders', [A], 'n')).toBe('orders-009959942666f49b7f7a7a02');
});

test('a version that is named again changes nothing', () => {
  expect(runIdOf('orders', [A, B, A])).toBe(runIdOf('orders', [A, B]));
  expect(runIdOf('orders', [A, A])).toBe(runIdOf('orders', [A]));
  expect(runIdOf('orders', [A, { ...A, versionId: 'v2' }])).not.toBe(runIdOf('orders', [A]));
});

test('each version is kept once, in the order in which it is named first', () => {
  const object = fc.record({
    bucket: fc.constantFrom('x', 'y'),
    key: fc.constantFrom('a', 'b', 'c'),
    versionId: fc.constantFrom('1', '2'),
  });
  fc.assert(
    fc.property(fc.array(object), (objects) => {
      const distinct = distinctObjects(objects);
      const names = objects.map(({ bucket, key, versionId }) => [bucket, key, versionId].join('/'));

      expect(distinct).toEqual(objects.filter((_, i) => names.indexOf(names[i] ?? '') === i));
      expect(runIdOf('orders', distinct)).toBe(runIdOf('orders', objects));
    }),
  );
});
