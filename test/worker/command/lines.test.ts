import fc from 'fast-check';
import { LineSplitter, LongLineError, NotTextError } from '../../../worker/command/lines';

/** Everything that a splitter makes of pieces, its rest at the end. */
function split(pieces: readonly Buffer[], limit = 1e6): string {
  const lines = new LineSplitter(limit);
  return Buffer.concat([...pieces.flatMap((piece) => lines.push(piece)), ...lines.rest()]).toString('utf8');
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map((n) => n % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

test('law: however bytes arrive, their lines are the same, and every answer but the last ends a line', () => {
  const text = fc.array(fc.constantFrom('a', '"', '\n', '\r', '\u2028', 'é', '😀', '\u0000'), { maxLength: 60 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (lines, at) => {
      const pieces = cut(Buffer.from(lines), at);

      expect(split(pieces)).toBe(lines);
      const splitter = new LineSplitter(1e6);
      for (const whole of pieces.flatMap((piece) => splitter.push(piece))) expect(whole.toString('utf8')).toMatch(/\n$/);
    }),
  );
});

test('a line may have as many bytes as the limit, and not one more', () => {
  expect(split([Buffer.from('12345\n1234')], 5)).toBe('12345\n1234');
  expect(split([Buffer.from('123'), Buffer.from('45\n')], 5)).toBe('12345\n');
  expect(() => split([Buffer.from('123'), Buffer.from('456\n')], 5)).toThrow(LongLineError);
  expect(() => split([Buffer.from('1\n'), Buffer.from('123'), Buffer.from('456')], 5)).toThrow(LongLineError);
});

test('bytes that are no text are refused, not replaced', () => {
  expect(() => split([Buffer.from([0xff, 10])])).toThrow(NotTextError);
  expect(() => split([Buffer.from([0x61, 0xc3])])).toThrow(NotTextError);
});
