import fc from 'fast-check';
import { KnownRows } from '../../../worker/simd/known-rows';

const linesOf = (...lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

/** A reader that has seen a row in the first of these lines. */
function learned(line: string): KnownRows {
  const rows = new KnownRows();
  rows.load(linesOf(line));
  rows.learn(JSON.parse(line).ok, 0);
  return rows;
}

function found(rows: KnownRows, lines: Buffer, at = 0, most = 1000) {
  rows.load(lines);
  const all = rows.find(at, most);
  return all && { count: all.count, next: all.next, text: Buffer.from(all.rows).toString('utf8') };
}

test('rows that are spelled alike are found, with their escapes and all kinds of values, and the line behind them', () => {
  const rows = learned('{"ok":{"id":1,"na\\"me":"x"}}');
  const known = [
    '{"ok":{"id":-0.25,"na\\"me":"\\u00e9\\n\\\\ é"}}',
    '{"ok":{"id":null,"na\\"me":true}}',
    '{"ok":{"id":"","na\\"me":false}}',
  ];
  const lines = linesOf(...known, '{"skip":"x"}');

  expect(found(rows, lines)).toEqual({
    count: 3,
    next: linesOf(...known).length,
    text: known.map((line) => `${line.slice(6, -1)}\n`).join(''),
  });
  expect(found(rows, lines, 0, 2)?.count).toBe(2);
});

test.each([
  ['{"ok": {"a": 1, "b": 2}}', '{"a": 1, "b": 2}'],
  ['{"ok":{"a": 1, "b": 2}}', '{"a": 1, "b": 2}'],
  ['{"ok":{"a":1, "b":2}}', '{"a":1, "b":2}'],
  ['{"ok": {"a":1,"b":2}}', '{"a":1,"b":2}'],
])('the spaces of %s are learned', (line, row) => {
  expect(found(learned(line), linesOf(line))).toMatchObject({ count: 1, text: `${row}\n` });
});

test('a carriage return before the line feed is no part of the row', () => {
  expect(found(learned('{"ok":{"a":1}}'), Buffer.from('{"ok":{"a":2}}\r\n{"ok":{"a":3}}\n'))).toMatchObject({ text: '{"a":2}\n{"a":3}\n' });
});

test.each([
  '{"ok":{"id":1}}',
  '{"ok":{"b":1,"id":1}}',
  '{"ok":{"id":1e5,"b":1}}',
  '{"ok":{"id":[1],"b":1}}',
  '{"ok":{"id":1,"b":1}} ',
  '{"ok":{"id":1,"b":1}}}',
  '{"ok":{"id":1,"b":1},"b":1}',
  '{"ok":{"id":01,"b":1}}',
  '{"ok":{"id":1.,"b":1}}',
  '{"ok":{"id":-,"b":1}}',
  '{"ok":{"id":1234567890123456789,"b":1}}',
  `{"ok":{"id":0.${'1'.repeat(41)},"b":1}}`,
  '{"ok":{"id":"\\x","b":1}}',
  '{"ok":{"id":"\\u00g0","b":1}}',
  '{"ok":{"id":"\t","b":1}}',
  '{"ok":{"id":"',
  '{"ok":{"id":"\\',
  '{"ok":{"id":"\\u00',
  '{"ok":{"id":tru,"b":1}}',
  '{"ok":{"id":truefalse,"b":1}}',
  '',
])('%j is not known, nor is anything behind it', (line) => {
  expect(found(learned('{"ok":{"id":1,"b":2}}'), linesOf(line, '{"ok":{"id":1,"b":2}}'))).toBeUndefined();
});

test('names of any length are compared to their end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (length, at) => {
      const name = 'n'.repeat(length);
      const wrong = `${name.slice(0, at % length)}m${name.slice((at % length) + 1)}`;
      const rows = learned(JSON.stringify({ ok: { [name]: 1 } }));

      expect(found(rows, linesOf(JSON.stringify({ ok: { [name]: 'v' } })))?.count).toBe(1);
      expect(found(rows, linesOf(JSON.stringify({ ok: { [wrong]: 'v' } })))).toBeUndefined();
    }),
  );
});

test('law: what is known is JSON with each of its columns once, whatever the lines', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '"',
      'a',
      ':',
      ',',
      ' ',
      '1',
      '-',
      '.',
      '0',
      '\\',
      'u',
      'e',
      '9',
      '"a":1',
      '{"ok":',
      '"b": "x"',
      '"b":',
      'true',
      '\u0001',
      '[',
      ']',
      '}}',
    ],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), fc.boolean(), (parts, begins) => {
      const rows = learned('{"ok":{"a":1,"b":"x"}}');
      rows.load(linesOf('{"ok":{"a":null}}'));
      rows.learn({ a: null }, 0);
      const line = `${begins ? '{"ok":{"a":' : ''}${parts.join('')}`;

      const known = found(rows, linesOf(line));

      if (!known) return;
      const { ok, ...others } = JSON.parse(line);
      expect(others).toEqual({});
      expect(JSON.parse(known.text)).toEqual(ok);
      expect(Object.keys(ok).length).toBe(line.match(/"[ab]":/g)?.length);
    }),
    { numRuns: 3000 },
  );
});

test('law: lines are read alike wherever they stand in however many bytes, also where a line is longer than memory', () => {
  const value = fc.oneof(fc.integer(), fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constant('x'.repeat(70_000)));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 300, 65_000), (values, before) => {
      const rows = learned('{"ok":{"a":1}}');
      const all = ['x'.repeat(before), ...values].map((a) => ({ a }));
      const lines = linesOf(...all.map((row) => JSON.stringify({ ok: row })));
      const seen: unknown[] = [];
      rows.load(lines);

      for (let at = 0; at < lines.length; ) {
        const some = rows.find(at, 1000);
        const feed = lines.indexOf(10, at);
        const texts = some ? Buffer.from(some.rows).toString('utf8').trimEnd().split('\n') : [lines.toString('utf8', at + 6, feed - 1)];
        seen.push(...texts.map((text) => JSON.parse(text)));
        at = some ? some.next : feed + 1;
      }

      expect(seen).toEqual(all);
    }),
    { numRuns: 200 },
  );
});

test('no more than a few shapes are learned, and none that finds no room', () => {
  const rows = new KnownRows();
  const line = (i: number) => `{"ok":{"c${i}":1}}`;
  for (let i = 0; i < 100; i += 1) {
    rows.load(linesOf(line(i)));
    rows.learn({ [`c${i}`]: 1 }, 0);
  }
  const wide = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`column${i}`, 1]));
  const full = learned(JSON.stringify({ ok: { a: 1 } }));
  full.load(linesOf(JSON.stringify({ ok: wide })));
  full.learn(wide, 0);

  expect(Array.from({ length: 100 }, (_, i) => found(rows, linesOf(line(i)))).filter(Boolean)).toHaveLength(8);
  expect(found(full, linesOf(JSON.stringify({ ok: wide })))).toBeUndefined();
  expect(found(full, linesOf('{"ok":{"a":2}}'))?.count).toBe(1);
});
