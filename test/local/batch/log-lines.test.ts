import fc from 'fast-check';
import { LogLines } from '../../../local/batch/log-lines';

function linesOf(pieces: readonly Buffer[], limit?: number): string[] {
  const lines: string[] = [];
  const log = new LogLines((line) => lines.push(line), limit);
  for (const piece of pieces) log.push(piece);
  log.end();
  return lines;
}

describe('a log', () => {
  test('has a line for each line, empty ones too, and one for the unfinished rest', () => {
    expect(linesOf([Buffer.from('a\n\nb\r\nc')])).toEqual(['a', '', 'b', 'c']);
  });

  test('cuts what is longer than an event may be, and keeps no more in memory', () => {
    expect(linesOf([Buffer.from('abcde'), Buffer.from('fgh\nij')], 3)).toEqual(['abc', 'def', 'gh', 'ij']);
  });

  test('is the same however the bytes arrive', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text), fc.array(fc.nat(8), { minLength: 1, maxLength: 50 }), (rows, cuts) => {
        const bytes = Buffer.from(rows.join('\n'));
        const pieces: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const next = at + (cuts[n % cuts.length] ?? 0) + 1;
          pieces.push(bytes.subarray(at, next));
          at = next;
        }
        expect(linesOf(pieces)).toEqual(linesOf([bytes]));
      }),
    );
  });
});
