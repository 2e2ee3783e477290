import fc from 'fast-check';
import { AnswerReader } from '../../../worker/command/answers';

const read = (line: string, reader = new AnswerReader()) => {
  reader.load(Buffer.from(`${line}\n`));
  return reader.next(1);
};

/** The row that an answer is published as. */
function textOf(answer: ReturnType<typeof read>): string | undefined {
  if (answer?.kind === 'rows') return Buffer.from(answer.rows).toString('utf8').trimEnd();
  return answer?.kind === 'ok' ? answer.text : undefined;
}

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

          const [known, fresh] = [read(line, learned), read(line)];

          expect(textOf(known)).toBe(textOf(fresh));
        }
      }),
    );
  });

  test('rows of one shape are answered together, up to as many as were asked for, and one of another by itself', () => {
    const reader = new AnswerReader();
    const lines = [1, 2, 3, 4].map((id) => `{"ok":{"id":${id}}}\n`);
    reader.load(Buffer.from(`${lines.join('')}{"filter":true}\n{"ok":{"id":5}}`));

    const kinds = [9, 2, 9, 9, 9].map((most) => {
      const answer = reader.next(most);
      return [answer?.kind, textOf(answer)];
    });

    expect(kinds).toEqual([
      ['ok', '{"id":1}'],
      ['rows', '{"id":2}\n{"id":3}'],
      ['rows', '{"id":4}'],
      ['filter', undefined],
      ['rows', '{"id":5}'],
    ]);
    expect(reader.hasMore).toBe(false);
  });
});
