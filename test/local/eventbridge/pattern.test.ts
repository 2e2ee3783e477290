import fc from 'fast-check';
import { compile } from '../../../local/eventbridge/pattern';

const EVENT = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::input', 'arn:aws:s3:::other'],
  detail: {
    bucket: { name: 'input' },
    object: { key: 'incoming/Orders/a b+c.csv', size: 1024 },
    reason: 'PutObject',
    empty: [],
    none: null,
    flag: true,
    items: [
      { id: 1, state: 'ok' },
      { id: 2, state: 'bad' },
    ],
  },
};

describe('a pattern matches', () => {
  test.each([
    ['a value among several', { source: ['aws.ec2', 'aws.s3'] }],
    ['nested fields', { detail: { bucket: { name: ['input'] }, object: { size: [1024] } } }],
    ['null and flags', { detail: { none: [null], flag: [true] } }],
    ['any element of an array', { resources: ['arn:aws:s3:::other'] }],
    ['a prefix', { detail: { object: { key: [{ prefix: 'incoming/' }] } } }],
    ['a prefix in any case', { detail: { object: { key: [{ prefix: { 'equals-ignore-case': 'INCOMING/orders' } }] } } }],
    ['a suffix', { detail: { object: { key: [{ suffix: '.csv' }] } } }],
    ['a suffix in any case', { detail: { object: { key: [{ suffix: { 'equals-ignore-case': '.CSV' } }] } } }],
    ['equality in any case', { source: [{ 'equals-ignore-case': 'AWS.S3' }] }],
    ['a wildcard', { detail: { object: { key: [{ wildcard: 'incoming/*/a*.csv' }] } } }],
    ['a number in a range', { detail: { object: { size: [{ numeric: ['>', 0, '<=', 1024] }] } } }],
    ['a number that equals', { detail: { object: { size: [{ numeric: ['=', 1024.0] }] } } }],
    ['a field that is there', { detail: { reason: [{ exists: true }] } }],
    ['a field that is not there', { detail: { error: [{ exists: false }] } }],
    ['a field that is not there in an object that is not there', { detail: { error: { code: [{ exists: false }] } } }],
    ['an object or an empty list, which are no leaves', { detail: { bucket: [{ exists: false }], empty: [{ exists: false }] } }],
    ['anything but a value', { detail: { reason: [{ 'anything-but': 'CopyObject' }] } }],
    ['anything but several', { detail: { reason: [{ 'anything-but': ['CopyObject', 'POST'] }] } }],
    ['anything but a prefix', { detail: { reason: [{ 'anything-but': { prefix: 'Copy' } }] } }],
    ['anything but several suffixes', { detail: { object: { key: [{ 'anything-but': { suffix: ['.json', '.txt'] } }] } } }],
    ['anything but a wildcard', { detail: { object: { key: [{ 'anything-but': { wildcard: 'tmp/*' } }] } } }],
    ['one of several alternatives', { $or: [{ source: ['x'] }, { detail: { flag: [true] } }] }],
    ['fields beside alternatives', { source: ['aws.s3'], $or: [{ resources: ['x'] }, { resources: ['arn:aws:s3:::input'] }] }],
    ['one object of a list', { detail: { items: { id: [2], state: ['bad'] } } }],
  ])('%s', (_, pattern) => {
    expect(compile(pattern)(EVENT)).toBe(true);
  });
});

describe('a pattern does not match', () => {
  test.each([
    ['another value', { source: ['aws.ec2'] }],
    ['a number written as text', { detail: { object: { size: ['1024'] } } }],
    ['a number outside the range', { detail: { object: { size: [{ numeric: ['>', 1024] }] } } }],
    ['text where a number is asked for', { detail: { reason: [{ numeric: ['>', 0] }] } }],
    ['a field that is not there', { detail: { error: ['x'] } }],
    ['anything but, where there is nothing', { detail: { error: [{ 'anything-but': 'x' }] } }],
    ['anything but the value itself', { detail: { reason: [{ 'anything-but': ['PutObject'] }] } }],
    ['a wildcard that does not fit', { detail: { object: { key: [{ wildcard: '*.json' }] } } }],
    ['two fields of different objects of a list', { detail: { items: { id: [1], state: ['bad'] } } }],
    ['one failing field among many', { source: ['aws.s3'], detail: { flag: [false] } }],
    ['no alternative', { $or: [{ source: ['x'] }, { source: ['y'] }] }],
    ['inherited properties', { detail: { constructor: [{ exists: true }] } }],
  ])('%s', (_, pattern) => {
    expect(compile(pattern)(EVENT)).toBe(false);
  });
});

test.each([
  ['no object', []],
  ['no field', {}],
  ['an empty list', { source: [] }],
  ['a bare value', { source: 'aws.s3' }],
  ['an unknown filter', { source: [{ regex: '.*' }] }],
  ['two filters in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
  ['a filter with a wrong operand', { source: [{ prefix: 1 }] }],
  ['a numeric without pairs', { size: [{ numeric: ['>', 0, '<'] }] }],
  ['an unknown operator', { size: [{ numeric: ['!=', 0] }] }],
  ['anything-but an unknown shape', { size: [{ 'anything-but': { numeric: ['>', 0] } }] }],
  ['a single alternative', { $or: [{ a: [1] }] }],
])('a pattern with %s is refused', (_, pattern) => {
  expect(() => compile(pattern)).toThrow(expect.objectContaining({ code: 'InvalidEventPatternException' }));
});

describe('laws', () => {
  const key = fc.string({ unit: 'binary' });

  test('a text matches itself, its prefixes and its suffixes, and nothing of that escapes anything-but', () => {
    fc.assert(
      fc.property(key, fc.nat(50), (text, cut) => {
        const head = text.slice(0, cut);
        const tail = text.slice(cut);
        for (const rule of [text, { prefix: head }, { suffix: tail }, { 'equals-ignore-case': text }]) {
          expect(compile({ k: [rule] })({ k: text })).toBe(true);
        }
        expect(compile({ k: [{ 'anything-but': { prefix: head } }] })({ k: text })).toBe(false);
      }),
    );
  });

  test('a wildcard between two cuts of a text matches it, whatever the text holds', () => {
    const escaped = (text: string) => text.replace(/[\\*]/g, '\\$&');
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        expect(compile({ k: [{ wildcard: `${escaped(a)}*${escaped(c)}` }] })({ k: a + b + c })).toBe(true);
        expect(compile({ k: [{ wildcard: escaped(a) }] })({ k: b })).toBe(a === b);
      }),
    );
  });
});
