import { columnSetsOf } from '../../../core/commit/part-columns';
import { reconcile } from '../../../core/commit/reconcile';
import { fingerprintColumns, type PartColumn } from '../../../core/work/part-columns';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';

const columns = (all: readonly (readonly [string, string])[]): readonly PartColumn[] => all.map(([name, type]) => ({ name, type }));
const print = (format: 'csv' | 'parquet', ...all: readonly (readonly [string, string])[]) => fingerprintColumns(columns(all), { format });

test('names and types tell columns apart, and for CSV alone their order', () => {
  const id = ['id', 'BIGINT'] as const;
  const amount = ['amount', 'DOUBLE'] as const;

  expect(print('parquet', id, amount).digest).toBe(print('parquet', amount, id).digest);
  expect(print('csv', id, amount).digest).not.toBe(print('csv', amount, id).digest);
  expect(print('parquet', id, amount).digest).not.toBe(print('parquet', id, ['amount', 'VARCHAR']).digest);
  expect(print('parquet', id, amount).digest).not.toBe(print('parquet', id).digest);
  expect(print('parquet', id, amount).digest).not.toBe(print('parquet', id, ['Amount', 'DOUBLE']).digest);
});

test('what is shown of many columns is short, and harmless', () => {
  const many = Array.from({ length: 500 }, (_, i) => [`c${i}`, 'BIGINT'] as const);

  expect(print('csv', ['a\u001b[2J', 'VARCHAR']).shown).toBe('a\\u{1b}[2J VARCHAR');
  expect(print('csv', ...many).shown).toMatch(/^c0 BIGINT, c1 BIGINT.+… \(500 columns\)$/);
  expect(print('csv', ...many).shown.length).toBeLessThan(250);
});

describe('the books', () => {
  const leaves = [aChunk('a', 0, 10), aChunk('b', 10, 20), aChunk('c', 20, 30)];
  const object = anObject({ bytes: 30 });
  const booksOf = (...sets: readonly (string | undefined)[]) => {
    const markers = leaves.map(({ id }, i) => {
      const shown = sets[i];
      return aMarker(id, { start: i * 10, end: i * 10 + 10 }, shown === undefined ? {} : { columns: { digest: shown, shown } });
    });
    return { objects: [object], leaves, markers: markersOf(...markers) };
  };
  const checkOf = (...sets: readonly (string | undefined)[]) =>
    reconcile(booksOf(...sets)).checks.find(({ name }) => name === 'parts have one set of columns');

  test('have one set of columns, whatever chunks say nothing of theirs', () => {
    expect(checkOf('x', 'x', 'x')).toMatchObject({ ok: true, expected: 'x' });
    expect(checkOf(undefined, 'x', 'x')).toMatchObject({ ok: true });
    expect(checkOf()).toBeUndefined();
  });

  test('do not balance with two', () => {
    expect(checkOf('x', undefined, 'y')).toMatchObject({ ok: false, expected: 'x', actual: 'x (chunk a) and y (chunk c)' });
    expect(reconcile(booksOf('x', 'x', 'y')).verdict).toBe('MISMATCH');
  });

  test('leave replaced chunks out', () => {
    const { markers } = booksOf('x', 'y', 'x');

    expect(columnSetsOf([aChunk('a', 0, 10), aChunk('c', 20, 30)], markers)).toHaveLength(1);
  });
});
