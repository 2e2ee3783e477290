import fc from 'fast-check';
import { LineFeeds, look } from '../../../core/records/simd/scan';

/** Two blocks and a bit, so that what lies across their border is met. */
const BLOCK_BYTES = 16_384;

/** Short texts of telling characters, behind so much that nothing is found in. */
const text = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'0189eExXbB_:-+.,\n aé'), maxLength: 40 }),
    fc.constantFrom(0, 5, BLOCK_BYTES - 8, 2 * BLOCK_BYTES),
  )
  .map(([tail, before]) => `${' '.repeat(before)}${tail}`);

test('law: what a text holds is seen wherever it stands', () => {
  fc.assert(
    fc.property(text, (written) => {
      const bytes = Buffer.from(written);
      const characters = bytes.toString('latin1');

      expect(look(bytes)).toEqual({
        letterBehindDigit: /\d[eExXbB]/.test(characters),
        underscoreBehindDigit: /\d_/.test(characters),
        dashBehindColon: /:.{1,2}-/s.test(characters),
        plus: characters.includes('+'),
        point: characters.includes('.'),
      });
    }),
    { numRuns: 2000 },
  );
});

test('one look does not remember another', () => {
  look(Buffer.from('12:00:0'));

  expect(look(Buffer.from('-5,e'))).toMatchObject({ letterBehindDigit: false, dashBehindColon: false });
});

test('law: line feeds are found as the engine finds them, from any place on, also backwards', () => {
  const lines = fc.array(fc.oneof(fc.constantFrom(0, 1, 15, 16, 17), fc.nat(40), fc.nat(2 * BLOCK_BYTES)), { maxLength: 12 });
  fc.assert(
    fc.property(lines, fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), fc.nat(3), (lengths, places, slack) => {
      const bytes = Buffer.from(`${lengths.map((length) => `${'x'.repeat(length)}\n`).join('')}${'y'.repeat(slack)}`);
      const feeds = new LineFeeds(bytes);

      for (const place of places) {
        const at = place % (bytes.length + 2);
        expect(feeds.from(at)).toBe(bytes.indexOf(10, at));
      }
    }),
  );
});

test('two texts are walked through side by side', () => {
  const [a, b] = [Buffer.from('1\n22\n'), Buffer.from('\n\n\n')];
  const [first, second] = [new LineFeeds(a), new LineFeeds(b)];

  expect([first.from(0), second.from(0), first.from(2), second.from(1), first.from(5), second.from(3)]).toEqual([1, 0, 4, 1, -1, -1]);
});
