import { gzipSync } from 'node:zlib';
import { checkContent, checkEncoding, compressionOf, packingOf } from '../../../core/plan/sniff';

const GZIP = gzipSync('a,b\n');
const ZSTD = Buffer.from('28b52ffd0438', 'hex');
const SKIPPABLE = Buffer.from('5f2a4d1804000000', 'hex');
const BZIP2 = Buffer.concat([Buffer.from('BZh9'), Buffer.from('314159265359', 'hex')]);
const EMPTY_BZIP2 = Buffer.concat([Buffer.from('BZh1'), Buffer.from('177245385090', 'hex')]);
const ZIP = Buffer.from('PK\x03\x04');
const XZ = Buffer.from('fd377a585a00', 'hex');

const csv = { format: 'csv', compression: 'auto' } as const;
const thrown = (name: string, message: string | RegExp) => expect.objectContaining({ name, message: expect.stringMatching(message) });

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.each([
  ['gzip', GZIP, 'gzip'],
  ['Zstandard', ZSTD, 'zstd'],
  ['Zstandard behind a frame that is skipped', SKIPPABLE, 'zstd'],
  ['bzip2', BZIP2, 'bzip2'],
  ['bzip2 of nothing', EMPTY_BZIP2, 'bzip2'],
  ['zip', ZIP, 'zip'],
  ['xz', XZ, 'xz'],
  ['text', Buffer.from('id,name\n'), undefined],
  ['text that begins as bzip2 does', Buffer.from('BZh1,name\n1,2\n'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
])('%s is known by its first bytes', (_name, start, expected) => {
  expect(packingOf(start)).toBe(expected);
});

test('a plain text is read as it is, whatever its name says', () => {
  expect(compressionOf(Buffer.from('a,b\n'), 'in/a.csv.gz', csv)).toBeUndefined();
});

test.each([
  ['auto', GZIP, 'gzip'],
  ['gzip', GZIP, 'gzip'],
  ['none', Buffer.from('a\n'), undefined],
] as const)('compression %s takes what it says', (compression, start, expected) => {
  expect(compressionOf(start, 'a', { format: 'csv', compression })).toBe(expected);
});

test.each([
  ['an archive', ZIP, csv, 'a is compressed as zip, allowed: plain, gzip, zstd or bzip2'],
  ['xz', XZ, csv, 'a is compressed as xz, allowed'],
  ['gzip where the job takes plain files', GZIP, { ...csv, compression: 'none' }, 'a is compressed as gzip, but .*compression is none'],
  [
    'a plain file where the job takes gzip',
    Buffer.from('a\n'),
    { ...csv, compression: 'gzip' },
    'a is not compressed, but .* is gzip, allowed: auto',
  ],
  ['zstd where the job takes gzip', ZSTD, { ...csv, compression: 'gzip' }, 'a is compressed as zstd, but .* is gzip'],
  [
    'gzip for Parquet',
    GZIP,
    { ...csv, format: 'parquet' },
    "a is compressed as gzip, but the job's input.format is parquet, which is read in parts",
  ],
  ['gzip for Avro', GZIP, { ...csv, format: 'avro' }, 'read in parts'],
] as const)('%s is refused by name', (_name, start, input, message) => {
  expect(errorOf(() => compressionOf(start, 'a', input))).toEqual(thrown('CONFIGFailure', message));
});

test.each([
  ['Parquet for CSV', 'PAR1....', 'csv', 'CONFIGFailure', "a is a Parquet file, but the job's input.format is csv"],
  ['Avro for JSON lines', 'Obj\x01....', 'jsonl', 'CONFIGFailure', 'a is an Avro file, .* is jsonl'],
  ['Avro for Parquet', 'Obj\x01....', 'parquet', 'CONFIGFailure', 'a is an Avro file, .* is parquet'],
  ['text for Parquet', 'id,name\n', 'parquet', 'CONFIGFailure', 'a is no Parquet file, .* is parquet'],
  ['text for Avro', 'id,name\n', 'avro', 'CONFIGFailure', 'a is no Avro file, .* is avro'],
  ['UTF-16', '\xff\xfea\x00', 'csv', 'DATAFailure', 'a is text in UTF-16, expected UTF-8'],
  ['UTF-16, the other way round', '\xfe\xff\x00a', 'tsv', 'DATAFailure', 'UTF-16'],
  ['UTF-32', '\xff\xfe\x00\x00', 'csv', 'DATAFailure', 'UTF-32'],
  ['UTF-32, the other way round', '\x00\x00\xfe\xff', 'csv', 'DATAFailure', 'UTF-32'],
  ['NUL bytes', 'id\x00,name\n', 'csv', 'DATAFailure', 'a has a NUL byte at offset 2, expected text in UTF-8'],
])('%s is refused by name', (_name, start, format, name, message) => {
  expect(errorOf(() => checkContent(Buffer.from(start, 'latin1'), 'a', { format, compression: 'auto' }))).toEqual(thrown(name, message));
});

test.each([
  ['the other order, by its mark', 'feff00690064', 'utf-16le', "a is text in utf-16be, but the job's input.encoding is utf-16le"],
  ['the other order, by its NUL bytes', '69006400', 'utf-16be', "a is text in utf-16le, but the job's input.encoding is utf-16be"],
  ['UTF-8', '69642c6e616d650a', 'utf-16le', 'a has no NUL byte where text in utf-16le has many: set input.encoding'],
] as const)('text in %s is refused by name', (_name, start, encoding, message) => {
  expect(errorOf(() => checkEncoding(Buffer.from(start, 'hex'), 'a', { encoding }))).toEqual(thrown('DATAFailure', message));
});

test.each([
  ['fffe69006400', 'utf-16le'],
  ['feff30b130af', 'utf-16be'],
  ['00690064', 'utf-16be'],
  ['', 'utf-16le'],
  ['e969', 'latin1'],
  ['e969', 'utf-8'],
] as const)('%s may be text in %s', (start, encoding) => {
  expect(errorOf(() => checkEncoding(Buffer.from(start, 'hex'), 'a', { encoding }))).toBeUndefined();
});

test.each([
  ['UTF-8 with a mark', '\xef\xbb\xbfid\n', 'csv'],
  ['an empty file', '', 'parquet'],
  ['Parquet', 'PAR1', 'parquet'],
  ['Avro', 'Obj\x01', 'avro'],
  ['any bytes where any are taken', '\x00\xff', 'files'],
])('%s is let pass', (_name, start, format) => {
  expect(errorOf(() => checkContent(Buffer.from(start, 'latin1'), 'a', { format, compression: 'auto' }))).toBeUndefined();
});

test('a job that takes any bytes never has them expanded', () => {
  expect(compressionOf(GZIP, 'a', { format: 'files', compression: 'auto' })).toBeUndefined();
});
