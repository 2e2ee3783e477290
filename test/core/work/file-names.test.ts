import fc from 'fast-check';
import { localNameOf, MAX_NAME_BYTES, nameProblem } from '../../../core/work/file-names';

describe('localNameOf', () => {
  test.each([
    ['incoming/photos/cat.jpg', '0003-cat.jpg'],
    ['incoming/a/../../etc/passwd', '0003-passwd'],
    ['incoming/..', '0003-..'],
    ['/etc/.bashrc', '0003-.bashrc'],
    ['incoming/', '0003-'],
    ['incoming/a b+%c\u0000\n.png', '0003-a_b__c__.png'],
    ['incoming/ünï.csv', '0003-_n_.csv'],
    ['incoming/-rf', '0003--rf'],
    ['incoming/data.tar.gz', '0003-data.tar.gz'],
    [`incoming/${'x'.repeat(255)}.parquet`, `0003-${'x'.repeat(100)}.parquet`],
    ['incoming/😀', '0003-__'],
  ])('%j is called %s', (key, name) => {
    expect(localNameOf(3, key)).toBe(name);
  });

  test('law: any keys in any order get names that are safe, short and different', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 30 }), (keys) => {
        const names = keys.map((key, i) => localNameOf(i, key));

        expect(new Set(names).size).toBe(keys.length);
        for (const name of names) expect(name).toMatch(/^\d{4}-[A-Za-z0-9._-]{0,130}$/);
      }),
    );
  });
});

describe('nameProblem', () => {
  test.each(['a', 'a/b c/d.json', 'ünï cödé 日本.png', '_SUCCESS', '-x', "it's (1).csv", 'a'.repeat(255)])('%j is fine', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each([
    ['.hidden', /dot/],
    ['a/../b', /dot/],
    ['a/./b', /dot/],
    ['/a', /empty part/],
    ['a//b', /empty part/],
    ['a\nb', /control/],
    ['a\u0000', /control/],
    ['a\u202egnp.exe', /control/],
    ['a\u2028', /control/],
    ['a\\b', /backslash/],
    ['a\ufffd', /UTF-8/],
    [Array(17).fill('d').join('/'), /16 folders deep/],
    ['é'.repeat(MAX_NAME_BYTES / 2 + 1), /longer than 700 bytes/],
  ])('%j is refused', (name, problem) => {
    expect(nameProblem(name)).toMatch(problem);
  });
});
