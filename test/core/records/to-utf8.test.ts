import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { fromUtf8 } from '../../../core/records/from-utf8';
import { toUtf8 } from '../../../core/records/to-utf8';
import type { Encoding } from '../../../core/spec/sections/encoding';

type Other = Exclude<Encoding, 'utf-8'>;

/** Converts bytes that come in pieces of these sizes. */
function convert(encoding: Other, bytes: Buffer, sizes: readonly number[] = []): Buffer {
  const converter = toUtf8(encoding);
  const out: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    out.push(converter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat([...out, converter.end()]);
}

const encode = (text: string, encoding: Other): Buffer => {
  if (encoding === 'latin1') return Buffer.from(text, 'latin1');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
};

test.each<Other>(['utf-16le', 'utf-16be'])('any text in %s comes out as the same text, wherever its bytes are cut', (encoding) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(7)), (text, sizes) => {
      expect(convert(encoding, encode(text, encoding), sizes).toString('utf8')).toBe(text);
    }),
  );
});

test('every byte of latin1 is the character of its number', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

  expect([...convert('latin1', bytes, [100]).toString('utf8')].map((character) => character.codePointAt(0))).toEqual([...bytes]);
});

test('a byte order mark becomes that of UTF-8', () => {
  expect(convert('utf-16be', Buffer.from('feff0041', 'hex'))).toEqual(Buffer.from('efbbbf41', 'hex'));
});

test.each([
  ['the first half of a character alone', 'a\ud83db'],
  ['the second half alone', 'a\ude00b'],
  ['the halves the wrong way round', '\ude00\ud83d'],
  ['a first half at the end', 'ab\ud83d'],
])('%s becomes what is no text, and nothing else is lost', (_name, text) => {
  const converted = convert('utf-16le', Buffer.from(text, 'utf16le'), [3]);

  expect(isUtf8(converted)).toBe(false);
  expect(converted.toString('latin1').replaceAll(/\xff[\x80-\xbf]{2}/g, '')).toBe(text.replace(/\p{Surrogate}/gu, ''));
});

test('half a unit at the end is no text', () => {
  const converted = convert('utf-16le', Buffer.from([0x41, 0, 0x42]));

  expect([converted.length, ...converted.subarray(0, 2)]).toEqual([4, 0x41, 0xfe]);
  expect(converted.subarray(1).every((byte) => byte >= 0x80)).toBe(true);
});

test.each<Other>(['utf-16le', 'utf-16be', 'latin1'])('whatever was converted from %s is given back byte for byte', (encoding) => {
  const units = fc.array(fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.integer({ min: 0, max: 0xffff })));
  const bytes = fc.tuple(units, fc.boolean()).map(([all, odd]) => {
    const whole = Buffer.concat(all.map((unit) => Buffer.from([unit & 0xff, unit >> 8])));
    return odd ? Buffer.concat([whole, Buffer.from([0xe4])]) : whole;
  });
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(7)), (stored, sizes) => {
      expect(fromUtf8(convert(encoding, stored, sizes), encoding)).toEqual(stored);
    }),
  );
});
