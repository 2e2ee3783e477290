import fc from 'fast-check';
import { cutText } from '../../core/cut-text';
import { abortFailure, createFailure } from '../../core/failures';
import { cutError, StepFailure } from '../../core/step-failures';

/** 2 KiB. */
const MESSAGE_BYTES = 2048;
const bytesOf = (text: string): number => Buffer.byteLength(text);
/** As UTF-8 has it: halves of characters are none. */
const wellFormed = (text: string): string => Buffer.from(text).toString();
const NOTE = / … \((\d+) of (\d+) bytes are left out(?:, all of it is in (.+))?\)$/;

/** Long texts of characters of one to four bytes, halves of characters among them. */
const longText = fc
  .tuple(
    fc.array(fc.constantFrom('x', '"', '\u0000', 'é', '€', '😀', '\ud83d', '\n'), { minLength: 1, maxLength: 9 }),
    fc.integer({ min: 0, max: 3000 }),
  )
  .map(([characters, times]) => characters.join('').repeat(times));

test('a text is within its bytes, whole characters of its beginning, and says how much is missing', () => {
  fc.assert(
    fc.property(longText, fc.integer({ min: 100, max: 4000 }), (text, bytes) => {
      const cut = cutText(text, { bytes, whole: 's3://state/x' });

      expect(bytesOf(cut)).toBeLessThanOrEqual(bytes);
      if (bytesOf(text) <= bytes) return expect(cut).toBe(text);
      const [note = '', left, all, whole] = NOTE.exec(cut) ?? [];
      const kept = cut.slice(0, -note.length);
      expect(wellFormed(text).startsWith(kept)).toBe(true);
      expect(wellFormed(kept)).toBe(kept);
      expect([bytesOf(kept) + Number(left), Number(all), whole]).toEqual([bytesOf(text), bytesOf(text), 's3://state/x']);
    }),
  );
});

test.each([
  [MESSAGE_BYTES, false],
  [MESSAGE_BYTES + 1, true],
])('a message of %i bytes is cut: %s', (bytes, isCut) => {
  expect(NOTE.test(cutText('x'.repeat(bytes)))).toBe(isCut);
  expect(NOTE.test(cutText(`${'x'.repeat(bytes - 4)}😀`))).toBe(isCut);
});

test('a message that quotes one that was cut still says where all of it is, and how much is missing in all', () => {
  const quoted = cutText('x'.repeat(10_000), { whole: 's3://state/a.txt' });

  const message = cutText(`${'the first said: '.repeat(9)}${quoted}`, { whole: 'elsewhere' });

  const [, left, all, whole] = NOTE.exec(message) ?? [];
  expect(whole).toBe('s3://state/a.txt');
  expect(Number(all)).toBe(10_000 + 144);
  expect(bytesOf(message) - bytesOf(NOTE.exec(message)?.[0] ?? '') + Number(left)).toBe(10_144);
});

test.each([
  ['a note of its own that is endless', `x … (1 of 2 bytes are left out, all of it is in ${'y'.repeat(5000)})`],
  ['a number without end', `x … (${'9'.repeat(5000)} of 2 bytes are left out)`],
])('a text that ends with %s is cut like any other', (_, text) => {
  expect(bytesOf(cutText(text, { whole: 'z'.repeat(5000) }))).toBeLessThanOrEqual(MESSAGE_BYTES);
});

test('message and hint of a failure are cut, the rest stays', () => {
  const failure = createFailure(
    { class: 'CODE', message: 'm'.repeat(300_000), hint: 'h'.repeat(300_000), final: true },
    's3://state/m.txt',
  );

  expect(failure).toMatchObject({ class: 'CODE', final: true, message: expect.stringContaining('all of it is in s3://state/m.txt') });
  expect([bytesOf(failure.message), bytesOf(failure.hint)].every((bytes) => bytes <= MESSAGE_BYTES)).toBe(true);
  expect(abortFailure('wrong file').message).toBe('aborted: wrong file');
  expect(bytesOf(abortFailure('w'.repeat(1e6)).message)).toBeLessThanOrEqual(MESSAGE_BYTES);
});

describe('an error that leaves a step', () => {
  const serialized = ({ name, message, stack = '' }: Error): string =>
    JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') });

  test('keeps its name, and is small in all that Lambda writes of it', () => {
    fc.assert(
      fc.property(longText, fc.constantFrom('CONFIGFailure', 'n'.repeat(100_000)), (text, name) => {
        const error = Object.assign(new Error(text), { name });

        const cut = cutError(error);

        expect(cut.name).toBe(name.slice(0, 128));
        expect(serialized(cut).length).toBeLessThan(64 * 1024);
      }),
    );
  });

  test('still tells its place', () => {
    const cut = cutError(new StepFailure('DATA', 'x'.repeat(300_000)));

    expect([cut.name, cut.stack]).toEqual(['DATAFailure', expect.stringContaining('cut-text.test.ts')]);
  });

  test('is itself where it is small', () => {
    const error = new StepFailure('DATA', 'no such file');

    expect(cutError(error)).toBe(error);
  });

  test.each([['text'], [undefined], [null], [7], [{ message: 7 }], [Object.create(null)]])('of %p is an error too', (thrown) => {
    expect(cutError(thrown)).toBeInstanceOf(Error);
  });
});
