import fc from 'fast-check';
import { unzip } from '../../../local/deploy/unzip';
import { zipped } from '../../support/cloud-zip';

const contents = (zip: Buffer) => unzip(zip).map(({ name, body }) => [name, body.toString()]);

test('deflated and stored files are unpacked, folders left out', () => {
  const zip = zipped(
    { name: 'a/', body: '', stored: true },
    { name: 'a/b.txt', body: 'hello'.repeat(100) },
    { name: 'ü.txt', body: 'x', stored: true },
  );

  expect(contents(zip)).toEqual([
    ['a/b.txt', 'hello'.repeat(100)],
    ['ü.txt', 'x'],
  ]);
});

test('an empty archive has no files', () => {
  expect(unzip(zipped())).toEqual([]);
});

test.each<[string, Buffer, RegExp]>([
  ['an encrypted entry', zipped({ name: 'secret', body: 'x', flags: 1 }), /encrypted zip entry secret is not emulated/],
  ['another compression', zipped({ name: 'odd', body: 'x', method: 93 }), /compression method 93 of zip entry odd/],
  ['what is no zip', Buffer.from('hello'), /not a zip archive/],
])('%s is refused by name', (_, zip, message) => {
  expect(() => unzip(zip)).toThrow(message);
});

test('law: what was zipped comes out again', () => {
  const anEntry = fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), body: fc.string(), stored: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anEntry), (entries) => {
      expect(contents(zipped(...entries))).toEqual(entries.map(({ name, body }) => [name, body]));
    }),
  );
});
