import fc from 'fast-check';
import { AnswerReader } from '../../../worker/command/answers';
import { Shapes } from '../../../worker/command/shapes';

const read = (line: string) => new AnswerReader().read(line);

describe('what an answer is', () => {
  test.each([
    ['{"ok":{"a":1}}', '{"a":1}'],
    ['{"ok": {"a": 1.50, "b": "x"}}', '{"a": 1.50, "b": "x"}'],
    ['  { "ok" : {"a":1} } ', '{"a":1}'],
    ['{"ok":{}}', '{}'],
    ['{"ok":{"id":12345678901234567890}}', '{"id":12345678901234567890}'],
    ['{"ok":{"a":{"ok":[1,{"b":null}]}}}', '{"a":{"ok":[1,{"b":null}]}}'],
    ['{"ok":{"a":"\\"x\\":"}}', '{"a":"\\"x\\":"}'],
    ['{"ok":{"__proto__":1}}', '{"__proto__":1}'],
    ['{"ok":{"a":1}}\r', '{"a":1}'],
    ['{"ok":{"line separator":"\u2028"}}', '{"line separator":"\u2028"}'],
  ])('%j is the row %s, as the program spelled it', (line, text) => {
    expect(read(line)).toMatchObject({ kind: 'ok', text });
  });

  test.each([
    ['{"ok":{"a":1,"a":2}}', '{"a":2}'],
    ['{"ok":{"a":1},"ok":{"b":2}}', '{"b":2}'],
    ['{"ok":{"a":\r1}}', '{"a":1}'],
  ])('%j, on which readers would not agree, is spelled anew', (line, text) => {
    expect(read(line)).toMatchObject({ kind: 'ok', text });
  });

  test('a filter and a skip are told apart, and a reason is cut to what a person reads', () => {
    expect(read('{"filter": true}')).toEqual({ kind: 'filter' });
    expect(read(' {"filter" :true}')).toEqual({ kind: 'filter' });
    expect(read('{"skip":"no id"}')).toEqual({ kind: 'bad', fault: { faultClass: 'SKIPPED', reason: 'no id' } });
    expect(read(JSON.stringify({ skip: 'x'.repeat(5000) }))).toMatchObject({ fault: { reason: 'x'.repeat(1000) } });
  });

  test('a number that no reader can hold is a bad record, not null', () => {
    expect(read('{"ok":{"a":[1e999]}}')).toMatchObject({ kind: 'bad', fault: { faultClass: 'OUTPUT' } });
  });

  test('an answer may be nested as deep as it likes', () => {
    const deep = `{"ok":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`;

    expect(read(deep)).toMatchObject({ kind: 'ok', text: deep.slice(6, -1) });
  });

  test.each([
    '',
    'Traceback (most recent call last):',
    '{"ok":1}',
    '{"ok":[{"a":1}]}',
    '{"ok":null}',
    '{"ok":{"a":1},"skip":"x"}',
    '{"filter":false}',
    '{"filter":"true"}',
    '{"skip":5}',
    '{"okay":{}}',
    '{}',
    '[]',
    'null',
    '{"ok":{"a":1}}{"ok":{"a":1}}',
    '{"ok":{"a":01}}',
    '{"ok":{"a":1,}}',
    '{"ok":{"a":NaN}}',
  ])('%j is none', (line) => {
    expect(read(line)).toBeUndefined();
  });
});

describe('rows of a known shape', () => {
  const names = fc.uniqueArray(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom('a', '$&', '(', 'a"b', '\\', 'é', '\n', '/', 'constructor', '__proto__'),
    ),
    { minLength: 1, maxLength: 4 },
  );
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const rowOf = (keys: readonly string[], values: readonly unknown[]) => Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  const rows = names.chain((keys) =>
    fc
      .array(fc.array(scalar, { minLength: keys.length, maxLength: keys.length }), { minLength: 2, maxLength: 6 })
      .map((all) => ({ keys, all })),
  );

  test('law: one reader that learns shapes reads every line as one that has seen none', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 1), ({ keys, all }, wide) => {
        const learned = new AnswerReader();
        for (const values of all) {
          const json = JSON.stringify({ ok: rowOf(keys, values) });
          const line = wide ? json.replace(/(^\{"ok":)/, '$1 ') : json;

          const [known, fresh] = [learned.read(line), read(line)];

          expect({ ...known, row: undefined }).toEqual({ ...fresh, row: undefined });
        }
      }),
    );
  });

  test('law: what a shape knows is JSON and has each of its columns once, whatever the line', () => {
    const pieces = fc.constantFrom(
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
      'true',
      '\u0001',
      '[',
      ']',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const shapes = new Shapes();
        shapes.learn({ a: 1, b: 'x' });
        shapes.learn({ a: null });
        const line = parts.join('');
        if (!shapes.knows(line)) return;

        const { ok, ...others } = JSON.parse(line);
        expect(others).toEqual({});
        expect(Object.keys(ok).length).toBe(line.match(/"[ab]":/g)?.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('a shape knows escapes, other values and no others', () => {
    const shapes = new Shapes();
    shapes.learn({ id: 1, 'na"me': 'x' });

    expect(shapes.knows('{"ok":{"id":-0.25,"na\\"me":"\\u00e9\\n"}}')).toBe(true);
    expect(shapes.knows('{"ok": {"id": null, "na\\"me": true}}')).toBe(true);
    for (const line of [
      '{"ok":{"id":1}}',
      '{"ok":{"na\\"me":1,"id":1}}',
      '{"ok":{"id":1e5,"na\\"me":1}}',
      '{"ok":{"id":[1],"na\\"me":1}}',
    ]) {
      expect(shapes.knows(line)).toBe(false);
    }
  });

  test('no more than a few shapes are learned', () => {
    const shapes = new Shapes();
    for (let i = 0; i < 100; i += 1) shapes.learn({ [`c${i}`]: 1 });

    expect(Array.from({ length: 100 }, (_, i) => shapes.knows(`{"ok":{"c${i}":1}}`)).filter(Boolean)).toHaveLength(8);
  });
});
