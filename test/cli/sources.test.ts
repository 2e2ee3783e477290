import { existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../cli/errors';
import { readSampleRows } from '../../cli/sample-rows';
import { samplesFor } from '../../cli/samples';
import { nameOf, parseSources } from '../../cli/sources';
import { tempFolder, writeFiles } from './support';

const folder = tempFolder();

describe('sources', () => {
  writeFiles(folder, { 'a b+%41.csv': 'x', 'x/a.csv': '1', 'y/a.csv': '2', 'z/a.csv': '3' });

  test('keep their names as they are, and files of the same name are numbered', () => {
    const sources = parseSources(['a b+%41.csv', 'x/a.csv', 'y/a.csv', 's3://b/a.csv', join(folder, 'z/a.csv')], folder);

    expect(sources.map((source) => (source.kind === 'file' ? source.name : nameOf(source)))).toEqual([
      'a b+%41.csv',
      'a.csv',
      '2/a.csv',
      's3://b/a.csv',
      '3/a.csv',
    ]);
  });

  test('that cannot be are told all at once', () => {
    expect(() => parseSources(['gone', 's3:/x', 'x'], folder)).toThrow(
      'no such file: gone; expected s3://bucket/key or s3://bucket/prefix/, received "s3:/x"; expected a file, x is none',
    );
  });
});

test('a URI that ends with a slash is everything below it, and a run of its own', () => {
  expect(parseSources(['s3://b/in/'], folder)).toEqual([{ kind: 'prefix', bucket: 'b', prefix: 'in/' }]);
  expect(parseSources(['s3://b/'], folder)).toEqual([{ kind: 'prefix', bucket: 'b', prefix: '' }]);
  expect(() => parseSources(['x/a.csv', 's3://b/in/'], folder)).toThrow('s3://b/in/ is a run of its own, received 2 sources');
});

test('a manifest is one only where it is said to be', () => {
  const uri = 's3://b/inv/2026/manifest.json';

  expect(parseSources([uri], folder, { inventory: true })).toEqual([
    { kind: 'inventory', bucket: 'b', manifest: 'inv/2026/manifest.json' },
  ]);
  expect(parseSources([uri], folder)).toEqual([{ kind: 'object', bucket: 'b', key: 'inv/2026/manifest.json' }]);
  expect(() => parseSources(['s3://b/inv/'], folder, { inventory: true })).toThrow(
    'expected s3://bucket/…/manifest.json of an S3 Inventory',
  );
});

test('what is named twice, however it is written, is read once, and that is told', () => {
  symlinkSync(join(folder, 'x/a.csv'), join(folder, 'link.csv'));
  const told: string[] = [];
  const given = ['x/a.csv', 'y/../x/a.csv', 'link.csv', 's3://b/k', 's3://b/k'];

  const sources = parseSources(given, folder, { notice: (line) => told.push(line) });

  const file = join(folder, 'x/a.csv');
  expect(sources.map(nameOf)).toEqual([file, 's3://b/k']);
  expect(told).toEqual([
    `${file} is named twice: it is read once`,
    `${join(folder, 'link.csv')} is named twice, as ${file}: it is read once`,
    's3://b/k is named twice: it is read once',
  ]);
});

test('a prefix that is named twice is one run of its own', () => {
  expect(parseSources(['s3://b/in/', 's3://b/in/'], folder)).toHaveLength(1);
});

describe('sample data', () => {
  test('of flights is made once, whole, from the real data', async () => {
    const [csv = ''] = await samplesFor('flights', folder);
    const made = statSync(csv);

    const [again = ''] = await samplesFor('flights', folder);

    expect(again).toBe(csv);
    expect(statSync(again).mtimeMs).toBe(made.mtimeMs);
    expect(made.size).toBe(105_783_734);
  });

  test.each(['birdstrikes', 'zipcodes', 'thumbnails'])('of %s are files of the package', async (job) => {
    for (const file of await samplesFor(job, folder)) expect(existsSync(file)).toBe(true);
  });

  test('of other jobs there is none', async () => {
    await expect(samplesFor('orders', folder)).rejects.toThrow(UsageError);
  });
});

describe('sample rows', () => {
  test.each([
    ['jsonl', { 'part-0.jsonl': '', 'part-1.jsonl': '{"id":1,"at":"2001-01-01"}\n{"id":null,"at":"x"}\n' }],
    ['csv', { 'part-0.csv': 'id,at\n1,2001-01-01\n,x\n', _SUCCESS: '' }],
  ])('of %s are read back as text, from the first part that has any', async (format, files) => {
    writeFiles(join(folder, format), files);

    expect(await readSampleRows(join(folder, format))).toEqual({
      columns: ['id', 'at'],
      rows: [
        ['1', '2001-01-01'],
        ['null', 'x'],
      ],
    });
  });

  test('of partitions show the column that their folder is named for', async () => {
    writeFiles(join(folder, 'partitions'), { 'c=1/part-0.csv': '', 'c=2/part-0.csv': 'id\n1\n' });

    expect(await readSampleRows(join(folder, 'partitions'))).toEqual({ columns: ['id', 'c'], rows: [['1', '2']] });
  });

  test.each([
    ['no folder', {}],
    ['no part with records', { 'part-0.jsonl': '', '_manifest.json': '{}' }],
  ])('of %s are none', async (name, files) => {
    writeFiles(join(folder, name), files);

    expect(await readSampleRows(join(folder, name))).toBeUndefined();
  });
});
