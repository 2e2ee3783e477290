import fc from 'fast-check';
import { countRecords, OUTPUT_DIALECT, RecordCounter } from '../../../core/records';
import { AvroCounter } from '../../../core/records/avro-counter';
import { avroFile } from '../../support/avro';

/** The bytes in pieces that end anywhere. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
}

const TEXT = 'a,b\r\n1,"x\ny"\n\n2,"""\r\n"\n"3\n,",\n4,"é😀"';

test.each([
  ['CSV with a header', OUTPUT_DIALECT, 4],
  ['CSV without one', { ...OUTPUT_DIALECT, header: false }, 5],
  ['lines', undefined, 8],
])('%s that comes in pieces has as many records as it has whole', (_name, dialect, records) => {
  const bytes = Buffer.from(TEXT);
  expect(countRecords(bytes, dialect)).toBe(records);
  fc.assert(
    fc.property(fc.array(fc.nat()), (places) => {
      const counter = new RecordCounter(dialect);
      for (const piece of cut(bytes, places)) counter.add(piece);

      expect(counter.finish()).toBe(records);
    }),
  );
});

describe('Avro', () => {
  const file = async () => (await avroFile('long', [[1, 2, 3], [], [4]])).file;

  test('is counted by its blocks, wherever its pieces end', async () => {
    const bytes = await file();
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        const counter = new AvroCounter();
        for (const piece of cut(bytes, places)) counter.add(piece);

        expect(counter.finish()).toBe(4);
      }),
    );
  });

  test('that ends too early or holds another marker is refused', async () => {
    const bytes = await file();
    const short = new AvroCounter();
    short.add(bytes.subarray(0, -1));
    expect(() => short.finish()).toThrow('it ends too early');

    const changed = Buffer.from(bytes);
    changed[bytes.length - 1] = 1;
    expect(() => new AvroCounter().add(changed)).toThrow('a block does not end with the sync marker');
  });
});
