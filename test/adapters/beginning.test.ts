import { gzipSync } from 'node:zlib';
import { readBeginning } from '../../adapters/beginning';
import type { Compression } from '../../core/contracts';
import { replayKey } from '../../core/keys';
import { avroFile } from '../support/avro';
import { bzip2, COMPRESS, skippableFrame, zstd } from '../support/compressed';
import { MemoryObjectStore } from '../support/memory-store';
import { aSpec } from '../support/records';

const HEADER = 'id,"na\nme"\n';
const NAMES = ['id', 'na\nme'];

async function begin(content: string | Buffer, more: Record<string, unknown> = {}, key = 'in/a') {
  const store = new MemoryObjectStore('input');
  const head = store.put(key, content);
  const read = jest.spyOn(store, 'read');
  const { input } = aSpec({ input: { prefix: 'in/', format: 'csv', ...more } });
  const beginning = await readBeginning(store, head, input);
  const bytes = read.mock.calls.reduce((sum, [, options]) => sum + options!.range!.end - options!.range!.start, 0);
  return { beginning, requests: read.mock.calls.length, bytes };
}

/** Lines that hardly shrink, so that the first read holds a small part of them. */
const rows = (count: number): string => Array.from({ length: count }, (_, i) => `${i},${Math.sin(i + 1)}${Math.cos(i + 1)}\n`).join('');

test.each(['gzip', 'zstd', 'bzip2'] as const)(
  'the header of a %s file is read from what its first bytes expand to',
  async (compression: Compression) => {
    const { beginning, bytes } = await begin(await COMPRESS[compression](HEADER + rows(60_000)));

    expect(beginning).toEqual({ compression, header: NAMES });
    expect(bytes).toBeLessThan(1_200_000);
  },
);

test('a header may hold line breaks, and a plain file needs one request', async () => {
  expect(await begin(HEADER + rows(10_000))).toMatchObject({ beginning: { header: NAMES }, requests: 1, bytes: 65_536 });
  expect((await begin(gzipSync(HEADER))).beginning).toEqual({ compression: 'gzip', header: NAMES });
});

test.each([['PAR1'], [gzipSync(HEADER)], [Buffer.alloc(9)]])('files are not looked into, whatever they hold: %p', async (content) => {
  const files = { input: { prefix: 'in/', format: 'files' }, process: { command: ['true'] }, output: { format: 'files' } };
  const store = new MemoryObjectStore('input');
  const read = jest.spyOn(store, 'read');

  expect(await readBeginning(store, store.put('in/a', content), aSpec(files).input)).toEqual({});
  expect(read).not.toHaveBeenCalled();
});

test.each([
  ['utf-16le', Buffer.from('\ufeffid,näme\n1,2\n', 'utf16le')],
  ['utf-16be', Buffer.from('id,näme\n1,2\n', 'utf16le').swap16()],
  ['latin1', Buffer.from('id,näme\n', 'latin1')],
  ['latin1', gzipSync(Buffer.from('id,näme\n', 'latin1'))],
])('the header of a file in %s is read as text', async (encoding, content) => {
  expect((await begin(content, { encoding })).beginning).toMatchObject({ header: ['id', 'näme'] });
});

test('a file that is not of the encoding that the job says is refused by name', async () => {
  await expect(begin('id,name\n1,2\n', { encoding: 'utf-16le' })).rejects.toThrow('in/a has no NUL byte where text in utf-16le has many');
});

test('JSON lines need a few bytes', async () => {
  expect(await begin('{}\n'.repeat(10_000), { format: 'jsonl' })).toEqual({ beginning: {}, requests: 1, bytes: 4096 });
  expect((await begin(gzipSync('{}\n'.repeat(10_000)), { format: 'jsonl' })).beginning).toEqual({ compression: 'gzip' });
});

test('an empty object, and a compressed text of nothing, have no header', async () => {
  expect(await begin('')).toEqual({ beginning: {}, requests: 0, bytes: 0 });
  expect((await begin(gzipSync(''))).beginning).toEqual({ compression: 'gzip' });
  expect((await begin(skippableFrame('nothing else'))).beginning).toEqual({ compression: 'zstd' });
});

test('a file that is named as compressed and is not is read as it is', async () => {
  expect((await begin('id\n1\n', {}, 'in/a.csv.gz')).beginning).toEqual({ header: ['id'] });
});

test('a long frame that is skipped is read past, as far as a header may lie', async () => {
  const file = Buffer.concat([skippableFrame('x'.repeat(200_000)), await zstd('id\n1\n')]);

  expect((await begin(file)).beginning).toEqual({ compression: 'zstd', header: ['id'] });
});

test('a compressed file without a header keeps its compression, however late its text begins', async () => {
  const file = Buffer.concat([skippableFrame('x'.repeat(2_000_000)), await zstd('1\n')]);

  expect((await begin(file, { format: 'jsonl' })).beginning).toEqual({ compression: 'zstd' });
});

test.each([
  ['Parquet in gzip', async () => gzipSync('PAR1 and so on'), {}, 'CONFIGFailure', /is a Parquet file/],
  ['UTF-16 in bzip2', async () => bzip2(Buffer.from('\ufeffid\n', 'utf16le')), {}, 'DATAFailure', /UTF-16/],
  ['gzip in gzip', async () => gzipSync(gzipSync('id\n1\n')), {}, 'DATAFailure', /NUL byte/],
  ['a small gzip file cut short', async () => gzipSync(HEADER).subarray(0, 15), {}, 'DATAFailure', /cannot be expanded as gzip/],
  ['a header that never ends', async () => gzipSync(`"${'x'.repeat(2_000_000)}`), {}, 'DATAFailure', /no end of its header record/],
  ['a header with a name twice', async () => gzipSync('a,a\n1,2\n'), {}, 'DATAFailure', /column "a" twice/],
  [
    'Avro in an unknown codec',
    async () => (await avroFile('string', [['a']], 'xz')).file,
    { format: 'avro' },
    'DATAFailure',
    /its codec is "xz"/,
  ],
] as const)('%s is refused by name', async (_name, content, more, name, message) => {
  await expect(begin(await content(), more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
});

const REPLAY = replayKey('orders', 'orders-1', 'replay-orders-1-0.csv');

test.each<[string, string | Buffer, Record<string, unknown>]>([
  ['of a job whose files are compressed', HEADER, { compression: 'gzip' }],
  ['that begins as a packed file does', gzipSync(HEADER), { format: 'jsonl' }],
  ['that holds what is no text', 'a\u0000', { format: 'jsonl' }],
  ['that begins as another format does', 'PAR1', { format: 'jsonl' }],
  ['in UTF-16 without a sign of it', Buffer.from('\u4e00\u4e01', 'utf16le'), { format: 'jsonl', encoding: 'utf-16le' }],
])('a file of replayed records is read as it is: one %s', async (_name, content, more) => {
  const header = more.format === 'jsonl' ? {} : { header: NAMES };

  expect((await begin(content, more, REPLAY)).beginning).toEqual(header);
  await expect(begin(content, { compression: 'zstd', ...more })).rejects.toThrow();
});
