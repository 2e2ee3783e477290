import { engineFailure, fileFailure, queryFailure } from '../../../worker/sql/engine-failure';

test.each([
  ['Error: Out of Memory Error: failed to allocate data of size 1.0 GiB', 'OOM'],
  ['Out of Memory Error: could not allocate block', 'OOM'],
  ["Error: Out of Memory Error: failed to offload data block: limit set by the 'max_temp_directory_size' setting", 'HOST'],
  ['IO Error: Could not write file "/tmp/x": No space left on device', 'HOST'],
  ["Error: Conversion Error: Could not convert string 'x' to INT32", 'DATA'],
  ['Invalid Input Error: Malformed JSON', 'DATA'],
  ['Out of Range Error: Overflow in multiplication', 'DATA'],
  ['Error: Invalid Input Error: Failed to read file "/tmp/x": ZSTD Decompression failure', 'DATA'],
  ['Error: Binder Error: Referenced column "x" not found', 'CONFIG'],
  ['something else altogether', 'CONFIG'],
])('%s is %s', (message, failureClass) => {
  const failure = engineFailure(new Error(message));

  expect(failure.failureClass).toBe(failureClass);
  expect(failure.message).toContain(message);
  expect(failure.hint).toMatch(/\w+ \w+/);
});

test('a query that cannot be run at all is the fault of the job, whatever it is called', () => {
  expect(queryFailure(new Error("Conversion Error: Could not convert string 'x' to INT32")).failureClass).toBe('CONFIG');
});

test('a file that our own statement cannot read is at fault, unless there was no room to read it', () => {
  expect(fileFailure('in/a', new Error('IO Error: truncated'))).toMatchObject({
    failureClass: 'DATA',
    message: 'in/a cannot be read: IO Error: truncated',
  });
  expect(fileFailure('in/a', new Error('Out of Memory Error: x')).failureClass).toBe('OOM');
});
