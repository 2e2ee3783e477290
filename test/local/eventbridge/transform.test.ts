import fc from 'fast-check';
import { type Envelope, parsePath, targetInput } from '../../../local/eventbridge/transform';

const RULE = { name: 'drop', arn: 'arn:aws:events:us-east-1:000000000000:rule/drop' };

const anEvent = (detail: unknown = {}): Envelope => ({
  version: '0',
  id: 'id-1',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '000000000000',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:s3:::input'],
  detail,
});

const transformed = (template: string, paths: Record<string, string>, detail: unknown = {}): string =>
  targetInput({ transformer: { template, paths } }, anEvent(detail), RULE);

test('without a wish the whole event is delivered', () => {
  expect(JSON.parse(targetInput({}, anEvent({ a: 1 }), RULE))).toEqual(anEvent({ a: 1 }));
});

test('a constant is delivered as it is, a path delivers what it points to', () => {
  expect(targetInput({ input: '{"sweep":true}' }, anEvent(), RULE)).toBe('{"sweep":true}');
  expect(targetInput({ inputPath: '$.detail.object' }, anEvent({ object: { key: 'k' } }), RULE)).toBe('{"key":"k"}');
  expect(targetInput({ inputPath: '$.detail.none' }, anEvent(), RULE)).toBe('null');
});

describe('a template', () => {
  test('puts objects in as they are beside constants, as the rules of jobs do', () => {
    const detail = { bucket: { name: 'input' }, object: { key: 'a "b"\\c.csv', size: 3 } };

    expect(JSON.parse(transformed('{"job":"flights","detail":<detail>}', { detail: '$.detail' }, detail))).toEqual({
      job: 'flights',
      detail,
    });
  });

  test.each([
    ['a text outside quotes brings its own', '{"k":<v>}', 'x "y"', '{"k":"x \\"y\\""}'],
    ['a text inside quotes is escaped', '{"k":"<v>!"}', 'x "y"', '{"k":"x \\"y\\"!"}'],
    ['a number stays one', '{"k":<v>}', 12, '{"k":12}'],
    ['a number inside quotes becomes text', '{"k":"n<v>"}', 12, '{"k":"n12"}'],
    ['a list stays one', '{"k":<v>}', [1, 'a'], '{"k":[1,"a"]}'],
    ['an object inside quotes is escaped JSON', '{"k":"<v>"}', { a: 'b' }, '{"k":"{\\"a\\":\\"b\\"}"}'],
    ['null is null', '{"k":<v>}', null, '{"k":null}'],
    ['a missing value is empty inside quotes', '{"k":"<v>"}', undefined, '{"k":""}'],
    ['a missing value is an empty text outside', '{"k":<v>}', undefined, '{"k":""}'],
    ['an escaped quote does not end a string', '{"k":"\\"<v>"}', 'x', '{"k":"\\"x"}'],
    ['a template may be a text', '"<v> dropped"', 'x', '"x dropped"'],
    ['an unknown name stays', '{"k":"<w>"}', 'x', '{"k":"<w>"}'],
  ])('%s', (_, template, v, expected) => {
    expect(transformed(template, { v: '$.detail.v' }, { v })).toBe(expected);
  });

  test('knows the rule and the event by reserved names', () => {
    const text = transformed('{"r":<aws.events.rule-arn>,"n":"<aws.events.rule-name>","t":<aws.events.event.ingestion-time>}', {});
    const whole = JSON.parse(transformed('{"e":<aws.events.event.json>,"h":<aws.events.event>}', {}, { a: 1 }));

    expect(JSON.parse(text)).toEqual({ r: RULE.arn, n: 'drop', t: '2026-01-01T00:00:00Z' });
    expect(whole.e).toEqual(anEvent({ a: 1 }));
    expect(whole.h).not.toHaveProperty('detail');
  });

  test('gives JSON for any value, inside quotes and outside', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const result = JSON.parse(transformed('{"v":<v>,"t":"<t>","u":<t>}', { v: '$.detail.v', t: '$.detail.t' }, { v: value, t: text }));
        expect(result).toEqual({ v: JSON.parse(JSON.stringify(value)), t: text, u: text });
      }),
    );
  });
});

describe('paths', () => {
  test.each([
    ['$', []],
    ['$.detail-type', ['detail-type']],
    ['$.detail.items[0].id', ['detail', 'items', '0', 'id']],
    ["$.detail['a.b'].c", ['detail', 'a.b', 'c']],
    ['$.detail["x y"]', ['detail', 'x y']],
  ])('%s', (path, steps) => {
    expect(parsePath(path)).toEqual(steps);
  });

  test.each(['', 'detail', '$detail', '$..key', '$.items[*]', '$.*', '$.items[?(@.a)]'])('%p is refused', (path) => {
    expect(() => parsePath(path)).toThrow('is not a path');
  });
});
