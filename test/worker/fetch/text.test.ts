import type { Chunk, PlannedObject } from '../../../core/contracts';
import { OUTPUT_DIALECT } from '../../../core/records';
import { JobSpec } from '../../../core/spec/schema';
import type { CsvDialect } from '../../../core/spec/sections/csv';
import { fetchText } from '../../../worker/fetch/text';
import { MemoryObjectStore } from '../../support/memory-store';

interface Wanted extends Pick<Chunk, 'proven' | 'given'> {
  readonly start: number;
  readonly end: number;
  readonly format?: 'csv' | 'jsonl';
  readonly csv?: Partial<CsvDialect>;
  readonly maxRecordBytes?: number;
}

function aFile(content: string | Buffer) {
  const store = new MemoryObjectStore('input');
  const { key, versionId, bytes, etag, checksum } = store.put('in/a.csv', content);
  const object: PlannedObject = { bucket: 'input', key, versionId, bytes, etag, checksum };
  const fetch = async ({ start, end, format = 'csv', csv, maxRecordBytes = 20, proven, given }: Wanted) => {
    const dialect = format === 'csv' ? { ...OUTPUT_DIALECT, header: false, ...csv } : undefined;
    const spec = { name: 'a', process: { sql: 'SELECT 1' }, output: { format: 'jsonl' } };
    const { input } = JobSpec.parse({ ...spec, input: { prefix: 'in/', format, csv: dialect, maxRecordBytes } });
    const range = { object: 0, start, end };
    const { read, longest } = await fetchText(store, { object, range, input, proven, given });
    return { start: read.start, end: read.end, records: read.records, longest };
  };
  return { store, object, fetch };
}

const LONG = 'x'.repeat(21);
const LIMIT = 'y'.repeat(20);

describe('a record as long as allowed', () => {
  test.each(['\n', '\r\n', ''])('is read, whatever ends it: %j', async (lineBreak) => {
    const { fetch, object } = aFile(`1\n${LIMIT}${lineBreak}`);

    expect(await fetch({ start: 0, end: 3 })).toEqual({ start: 0, end: object.bytes, records: 2, longest: 20 });
  });

  test('may be longer than its chunk: the chunks that it covers are empty and stand where the next record begins', async () => {
    const { fetch } = aFile(`1\n${LIMIT}\n2\n`);

    expect(await fetch({ start: 0, end: 5 })).toMatchObject({ start: 0, end: 23, records: 2 });
    expect(await fetch({ start: 5, end: 10 })).toMatchObject({ start: 23, end: 23, records: 0 });
    expect(await fetch({ start: 20, end: 25 })).toMatchObject({ start: 23, end: 25, records: 1 });
  });
});

describe('a longer record is a fault of the data that names the object and the byte', () => {
  const failure = (at: RegExp) => ({ failureClass: 'DATA', message: expect.stringMatching(at) });

  test('where it begins, although it ends within reach', async () => {
    const { fetch } = aFile(`1\n${LONG}\n2\n`);

    await expect(fetch({ start: 0, end: 26 })).rejects.toMatchObject(
      failure(/in\/a\.csv that begins at byte 2 is longer .*allows, 20 bytes/),
    );
  });

  test('where it begins, and does not end within reach', async () => {
    const { fetch } = aFile(`1\n${LONG.repeat(5)}\n2\n`);

    await expect(fetch({ start: 0, end: 5 })).rejects.toMatchObject(failure(/begins at byte 2 /));
  });

  test('in a chunk that lies inside it', async () => {
    const { fetch } = aFile(`{}\n${LONG.repeat(5)}\n{}\n`);

    await expect(fetch({ start: 10, end: 15, format: 'jsonl' })).rejects.toMatchObject(failure(/holds byte 10 /));
  });

  test('inside quotes that are never closed, from a start that is proven', async () => {
    const { fetch } = aFile(`1\n2,"${'a\n'.repeat(20)}`);

    await expect(fetch({ start: 2, end: 5, proven: true })).rejects.toMatchObject(failure(/begins at byte 2 /));
  });

  test('without quoted line breaks from any start, since none is a guess', async () => {
    const { fetch } = aFile(`1\n${LONG}\n2\n`);

    await expect(fetch({ start: 1, end: 5, csv: { quotedNewlines: false } })).rejects.toMatchObject(failure(/begins at byte 2 /));
  });
});

describe('a guess that leads to a record too long owns nothing, for the chain to find', () => {
  test.each([
    ['one that does not end within reach', `${LONG.repeat(5)}\n`],
    ['one that does', `${LONG}\n2\n`],
  ])('%s', async (_name, record) => {
    const { fetch } = aFile(`1\n2\n${record}`);

    expect(await fetch({ start: 3, end: 6 })).toEqual({ start: 3, end: 3, records: 0, longest: 0 });
    expect(await fetch({ start: 4, end: 6, given: true })).toEqual({ start: 4, end: 4, records: 0, longest: 0 });
  });
});

test('a given start is taken as it is', async () => {
  const { fetch } = aFile('12,"a\n34"\n5,6\n');

  expect(await fetch({ start: 6, end: 12, given: true })).toMatchObject({ start: 6, end: 14, records: 2 });
});

test('a range that is covered costs no request', async () => {
  const { fetch, store } = aFile('12345\n6\n');
  const read = jest.spyOn(store, 'read');

  expect(await fetch({ start: 6, end: 4, proven: true })).toEqual({ start: 6, end: 6, records: 0, longest: 0 });
  expect(read).not.toHaveBeenCalled();
});

test('an object that has become shorter is a fault of the data', async () => {
  const { fetch, store } = aFile('12\n34\n');
  jest.spyOn(store, 'read').mockResolvedValue(Buffer.from('12'));

  await expect(fetch({ start: 0, end: 3 })).rejects.toMatchObject({ failureClass: 'DATA', message: 'in/a.csv gave 2 of its 6 bytes' });
});

test('finding the boundaries of a 64 MiB chunk costs less than one per cent of it', async () => {
  const chunkBytes = 64 * 1024 * 1024;
  const { fetch, store } = aFile(Buffer.alloc(2 * chunkBytes, 'a,b,c,d\n'));
  const read = jest.spyOn(store, 'read');

  await fetch({ start: chunkBytes / 2, end: 1.5 * chunkBytes });

  const bytes = read.mock.calls.reduce((sum, [, options]) => sum + options!.range!.end - options!.range!.start, 0);
  expect(bytes).toBeLessThan(1.01 * chunkBytes);
  expect(read).toHaveBeenCalledTimes(1);
});
