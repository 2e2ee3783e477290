import { Memo } from '../../../local/assembly/memo';

test('a value is computed once, even when it is undefined', () => {
  const memo = new Memo();
  let computed = 0;
  const compute = () => {
    computed += 1;
    return undefined;
  };

  memo.once('a', compute);
  memo.once('a', compute);

  expect(computed).toBe(1);
});

test('a value that failed may be asked for again, and is then no circle', () => {
  const memo = new Memo();
  const fail = () => {
    throw new RangeError('not yet');
  };

  expect(() => memo.once('a', fail)).toThrow('not yet');
  expect(memo.once('a', () => 1)).toBe(1);
});

test('a circle is named from where it begins', () => {
  const memo = new Memo();

  const ask = () => memo.once('a', () => memo.once('b', () => memo.once('c', () => memo.once('b', () => 1))));

  expect(ask).toThrow('circular reference: b -> c -> b');
});
