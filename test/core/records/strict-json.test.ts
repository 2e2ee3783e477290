import fc from 'fast-check';
import { looseJson, MOST_LEVELS } from '../../../core/records/strict-json';

const loose = (text: string, ownNumbers = false): string | undefined => looseJson(text, JSON.parse(text) as object, { ownNumbers });
const nested = (levels: number): string => `{"v":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

test('whatever JSON.stringify writes of finite numbers and whole characters is let pass', () => {
  const json = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }));
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      if (!/\p{Surrogate}/u.test(text) && !/\\ud[89a-f]/i.test(text)) expect(loose(text)).toBeUndefined();
    }),
  );
});

test('a name that stands twice in one object is found wherever it stands, and in two objects it may', () => {
  const names = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(names, fc.nat(), fc.nat(), fc.constantFrom('', ' '), (all, from, to, space) => {
      const again = [...all];
      again.splice(to % (all.length + 1), 0, all[from % all.length] ?? '');
      const object = (members: readonly string[]) => `{${members.map((name) => `${JSON.stringify(name)}${space}:{"x":1}`).join(',')}}`;

      expect(loose(object(all))).toBeUndefined();
      expect(loose(object(again))).toMatch(/^names ".*" twice$/s);
      expect(loose(`{"a":[${object(again)}]}`)).toMatch(/twice$/);
    }),
  );
});

test.each([
  ['{"a":1,"a" :2}', 'names "a" twice'],
  ['{"a":1,"\\u0061":2}', 'names "a" twice'],
  ['{"a":"x\\":","b":{"a":1,"b":2,"a":3}}', 'names "a" twice'],
  ['{"a":"\\ud83d"}', 'holds half a character: "\\ud83d"'],
  ['{"\\uDE00":1}', 'holds half a character: "\\uDE00"'],
  ['{"a":1e999}', 'holds the number 1e999, which is too large'],
  ['{"a":[-1e+400]}', 'holds the number -1e+400, which is too large'],
  ['{"a":9007199254740993}', 'holds the whole number 9007199254740993, which is exact in SQL only'],
  [nested(MOST_LEVELS + 1), 'is nested deeper than 500 levels'],
  [nested(100_000), 'is nested deeper than 500 levels'],
])('%.40s', (text, reason) => {
  expect(loose(text)).toBe(reason);
});

test.each([
  '{}',
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"a":"\\ud83d\\ude00"}',
  '{"a":"\\\\ud83d"}',
  '{"a":18680174599215430}',
  '{"a" : "b" , "c": " d"}',
  '{"a":9007199254740991,"b":9007199254740992,"c":100000000000000000000}',
  '{"a":"12345678901234567890","b":1e308,"c":1e-999}',
  '{"a":"\\\\","b":"\\"a\\":","":1}',
  '{"__proto__":1,"constructor":2,"toString":3}',
  nested(MOST_LEVELS),
])('%.40s is let pass', (text) => {
  expect(loose(text)).toBeUndefined();
});

test('names alone are looked for where nothing else matters', () => {
  const namesOnly = (text: string) => looseJson(text, JSON.parse(text) as object, { ownNumbers: false, namesOnly: true });

  expect(namesOnly(nested(100_000))).toBeUndefined();
  expect(namesOnly('{"a":1e999,"b":"\\ud83d"}')).toBeUndefined();
  expect(namesOnly('{"a":1e999,"a":2}')).toBe('names "a" twice');
});

test('numbers that SQL has exactly are left to SQL, those that nobody has are not', () => {
  expect(loose('{"a":9007199254740993}', true)).toBeUndefined();
  expect(loose('{"a":1e999}', true)).toBe('holds the number 1e999, which is too large');
});
