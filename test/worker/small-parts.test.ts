import fc from 'fast-check';
import { contentTypeOf, partExtension } from '../../core/work/output';
import { checksumOf, RunningCrc32 } from '../../worker/checksum';
import { CodeFailure, ConfigFailure, DataFailure, exitCodeOf, failureOf } from '../../worker/failures';

describe('checksums', () => {
  // The catalogue of parametrised CRCs gives these for the nine digits.
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
  ] as const)('%s of 123456789 is the published check value', async (algorithm, hex) => {
    const { value } = await checksumOf(Buffer.from('123456789'), algorithm);

    expect(Buffer.from(value, 'base64').toString('hex')).toBe(hex);
  });

  test('a running CRC32 does not care how the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array(), { maxLength: 10 }), async (pieces) => {
        const running = new RunningCrc32();
        for (const piece of pieces) running.add(Buffer.from(piece));

        expect(running.base64).toBe((await checksumOf(Buffer.concat(pieces), 'CRC32')).value);
      }),
    );
  });
});

describe('failures', () => {
  test.each([
    [[], 0],
    [['DATA'], 65],
    [['UNKNOWN', 'DATA'], 65],
    [['DATA', 'CODE'], 70],
    [['THROTTLE'], 75],
    [['CODE', 'CONFIG', 'DATA'], 78],
  ] as const)('%j exits with %i', (classes, code) => {
    expect(exitCodeOf(classes)).toBe(code);
  });

  test.each([
    [new DataFailure('m', 'h'), { class: 'DATA', message: 'm', hint: 'h' }],
    [new CodeFailure('m', 'h'), { class: 'CODE', message: 'm', hint: 'h' }],
    [new ConfigFailure('m', 'h'), { class: 'CONFIG', message: 'm', hint: 'h' }],
    [Object.assign(new Error('slow'), { name: 'SlowDown' }), { class: 'THROTTLE', message: 'SlowDown: slow' }],
    [Object.assign(new Error('disk'), { code: 'ENOSPC' }), { class: 'HOST' }],
    ['text', { class: 'UNKNOWN', message: 'Error: text' }],
  ])('%p is written down by its class', (thrown, failure) => {
    expect(failureOf(thrown)).toMatchObject(failure);
  });
});

test.each([
  [{ format: 'parquet' }, 'parquet', 'application/vnd.apache.parquet'],
  [{ format: 'jsonl' }, 'jsonl', 'application/x-ndjson'],
  [{ format: 'jsonl', compression: 'gzip' }, 'jsonl.gz', 'application/gzip'],
  [{ format: 'csv', compression: 'zstd' }, 'csv.zst', 'application/zstd'],
  [{ format: 'avro', compression: 'deflate' }, 'avro', 'application/avro'],
  [{ format: 'parquet', compression: 'gzip' }, 'parquet', 'application/vnd.apache.parquet'],
  [{ format: 'csv', compression: 'none' }, 'csv', 'text/csv'],
] as const)('a part of %j ends in %s', (output, extension, contentType) => {
  expect(partExtension(output)).toBe(extension);
  expect(contentTypeOf(output)).toBe(contentType);
});
