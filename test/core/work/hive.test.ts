import fc from 'fast-check';
import { partitionOf, partKey } from '../../../core/keys';
import { hivePath, hiveValues } from '../../../core/work/hive';

test.each([
  [
    [
      ['country', 'DE'],
      ['year', '2024'],
    ],
    'country=DE/year=2024/',
  ],
  [[['c', null]], 'c=__HIVE_DEFAULT_PARTITION__/'],
  [[['c', '']], 'c=__HIVE_DEFAULT_PARTITION__/'],
  [[['a/b', '../../etc']], 'a%2Fb=..%2F..%2Fetc/'],
  [[['c', '100%']], 'c=100%25/'],
  [[['c', 'a=b']], 'c=a%3Db/'],
  [[['c', 'é 😀']], 'c=é 😀/'],
  [[['at', '2020-01-02 03:04:05']], 'at=2020-01-02 03%3A04%3A05/'],
  [[['c', '\u0000\u001f\u007f']], 'c=%00%1F%7F/'],
] as const)('%j is the folder %s', (values, path) => {
  expect(hivePath(values)).toBe(path);
});

test('whatever a value holds, it is one folder that reads back as the value', () => {
  const value = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.constantFrom('..', '.', '/', '%2F', '=', '\\', '//'),
    fc.constant(null),
  );
  const column = fc.string({ minLength: 1, unit: 'binary' });
  fc.assert(
    fc.property(fc.array(fc.tuple(column, value), { minLength: 1, maxLength: 4 }), (values) => {
      const path = hivePath(values);

      expect(path.split('/')).toHaveLength(values.length + 1);
      expect(hiveValues(path)).toEqual(values);
    }),
  );
});

test("a part's key tells the values of its partition", () => {
  const partition = hivePath([
    ['a/b', 'x=y'],
    ['c', null],
  ]);

  expect(partitionOf(partKey('job', 'run', { chunk: '0000001', extension: 'csv', partition }))).toEqual({ 'a/b': 'x=y', c: null });
  expect(partitionOf(partKey('job', 'run', { chunk: '0000001', extension: 'csv' }))).toEqual({});
});
