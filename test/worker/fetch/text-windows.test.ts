import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { countRecords, dialectOf } from '../../../core/records';
import { windowsOf } from '../../../worker/fetch/text-windows';
import { readsOf } from '../../../worker/work';
import { anObject, aSpec } from '../../support/records';

const folder = mkdtempSync(path.join(os.tmpdir(), 'windows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { input } = aSpec();
const lines = fc.array(fc.constantFrom('a,b\n', '1,"x\ny"\r\n', '\n', '"",""\n', '9,é😀\n'), { maxLength: 40 }).map((all) => all.join(''));

test('the windows of a text hold its records once and in order, whatever their size', async () => {
  const file = path.join(folder, 'text');
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 60 }), async (body, windowBytes) => {
      const text = Buffer.from(`\ufeffid,name\n${body}`);
      writeFileSync(file, text);
      const read = { object: 3, start: 0, end: 99 };

      const windows = await windowsOf({ file, bytes: text.length, object: anObject({ bytes: 99 }), input, read }, windowBytes);

      const held = windows.map((window) => window.bytes.subarray(window.body, window.end).toString());
      expect(held.join('')).toBe(body);
      expect(readsOf(windows)).toEqual([{ ...read, records: countRecords(text, dialectOf(input)) }]);
      const places = windows.map(({ origin, body: start, end }) => [origin + start, origin + end]);
      expect(places.slice(1).map(([start]) => start)).toEqual(places.slice(0, -1).map(([, end]) => end));
    }),
    { numRuns: 200 },
  );
});
