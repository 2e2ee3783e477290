import { replaceMarkers } from '../../../local/deploy/markers';

const MARKER = '<<marker:0xbaba:0>>';
const ESCAPED = { jsonEscape: true };
const encodedAs = (encoding: string) => ({ markerEncodings: { [MARKER]: encoding } });

test.each<[string, string, unknown, object, string]>([
  ['a text, literally', `a=${MARKER}`, 'x"y', {}, 'a=x"y'],
  ['every occurrence', `${MARKER}-${MARKER}`, 'x', {}, 'x-x'],
  ['a text within JSON', `{"a":"${MARKER}"}`, 'x"y\n', ESCAPED, '{"a":"x\\"y\\n"}'],
  ['a list within JSON', `{"a":${MARKER}}`, ['x', 1], ESCAPED, '{"a":["x","1"]}'],
  ['jsonEscape as CloudFormation passes it', `{"a":"${MARKER}"}`, '"', { jsonEscape: 'true' }, '{"a":"\\""}'],
  ['a number, which CloudFormation has made a text', `${MARKER}`, 80, {}, '80'],
  ['a JSON value with its quotes', `{"a":${MARKER}}`, 'x', encodedAs('JSON_VALUE'), '{"a":"x"}'],
  ['a JSON object', `${MARKER}`, { a: { b: true } }, encodedAs('JSON_VALUE'), '{"a":{"b":"true"}}'],
  ['a plain YAML text', `a: ${MARKER}`, 'arn-1', encodedAs('YAML_STRING'), 'a: arn-1'],
  ['a YAML word that means something else', `a: ${MARKER}`, 'Yes', encodedAs('YAML_STRING'), 'a: "Yes"'],
  ['a YAML text that needs quotes', `a: ${MARKER}`, 'a: b', encodedAs('YAML_STRING'), 'a: "a: b"'],
])('%s', (_, text, value, config, expected) => {
  expect(replaceMarkers(Buffer.from(text), { [MARKER]: value }, config).toString()).toBe(expected);
});

test('a file without markers keeps its bytes, text or not', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x3c, 0x3c]);

  expect(replaceMarkers(bytes, { [MARKER]: 'x' }, {})).toBe(bytes);
});

test('a list cannot be put in literally', () => {
  expect(() => replaceMarkers(Buffer.from(MARKER), { [MARKER]: ['a'] }, {})).toThrow(`marker ${MARKER} stands for ["a"]`);
});

test('an unknown encoding is refused by name', () => {
  expect(() => replaceMarkers(Buffer.from(MARKER), { [MARKER]: 'a' }, encodedAs('XML'))).toThrow(/marker encoding XML \(allowed: LITERAL/);
});
