import fc from 'fast-check';
import { type Batch, PlaceBatch, TextBatch, Waiting } from '../../../worker/command/waiting';
import type { ReadRecord } from '../../../worker/rows/records';
import type { TextSource } from '../../../worker/work';
import { anObject } from '../../support/records';

const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => i));
const source: TextSource = {
  kind: 'text',
  object: anObject(),
  read: { object: 0, start: 1000, end: 1200, records: 200 },
  bytes,
  origin: 1000,
  body: 0,
  end: 200,
  longest: 1,
};

function textBatch(numbers: readonly number[]): Batch {
  const batch = new TextBatch(source, numbers.length);
  for (const number of numbers) batch.add(number, number, number + 1);
  return batch;
}
const ofOther = (number: number): ReadRecord => ({
  source,
  number,
  offset: 1000 + number,
  raw: () => bytes.subarray(number, number + 1),
  kept: () => ({ offset: 1000 + number, raw: bytes.subarray(number, number + 1) }),
  value: {},
  fault: undefined,
});

const batchOf = (numbers: readonly number[], isText: boolean): Batch =>
  isText ? textBatch(numbers) : new PlaceBatch(numbers.map(ofOther));

test('law: records come out as they went in, in order, with their places, however they are pushed and taken', () => {
  const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(5), text: fc.boolean() }), fc.record({ take: fc.nat(5) })), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (all) => {
      const waiting = new Waiting();
      let [pushed, taken] = [0, 0];
      for (const step of all) {
        if ('push' in step) {
          waiting.push(
            batchOf(
              Array.from({ length: step.push }, () => pushed++),
              step.text,
            ),
          );
          continue;
        }
        for (let i = 0; i < step.take; i += 1) {
          expect(waiting.next()).toBe(taken < pushed);
          if (taken === pushed) break;
          const { number, offset, kept } = waiting.place();
          expect([number, offset, ...kept().raw]).toEqual([taken, 1000 + taken, taken]);
          taken += 1;
        }
      }
      expect(waiting.size).toBe(pushed - taken);
    }),
  );
});

test('law: to go over several records at once is to go on as often', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 }), (batches, steps) => {
      const [waiting, single] = [new Waiting(), new Waiting()];
      let pushed = 0;
      for (const size of batches) {
        const numbers = Array.from({ length: size }, () => pushed++);
        for (const one of [waiting, single]) one.push(textBatch(numbers));
      }
      for (const step of steps) {
        if (!waiting.next(step)) {
          expect(single.size).toBeLessThan(step);
          continue;
        }
        for (let i = 0; i < step; i += 1) single.next();
        expect([waiting.size, waiting.place().number]).toEqual([single.size, single.place().number]);
      }
    }),
  );
});

test('records that were set aside on the way are passed over', () => {
  const waiting = new Waiting();
  waiting.push(textBatch([1, 4]));

  expect([waiting.next(), waiting.place().number, waiting.next(), waiting.place().number, waiting.next()]).toEqual([
    true,
    1,
    true,
    4,
    false,
  ]);
});
