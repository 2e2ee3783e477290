import fc from 'fast-check';
import { Waiting } from '../../../worker/command/waiting';
import type { ReadRecord } from '../../../worker/rows/records';
import { TextRecord } from '../../../worker/rows/text';
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

const ofText = (number: number): ReadRecord => new TextRecord({ source, number, start: number, end: number + 1 }, { n: number }, undefined);
const ofOther = (number: number): ReadRecord => ({
  source,
  number,
  offset: 1000 + number,
  raw: () => bytes.subarray(number, number + 1),
  value: {},
  fault: undefined,
});

test('law: records come out as they went in, in order, with their places, however they are pushed and taken', () => {
  const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(5), text: fc.boolean() }), fc.record({ take: fc.nat(5) })), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (all) => {
      const waiting = new Waiting();
      let [pushed, taken] = [0, 0];
      for (const step of all) {
        if ('push' in step) {
          waiting.push(Array.from({ length: step.push }, () => (step.text ? ofText(pushed++) : ofOther(pushed++))));
          continue;
        }
        for (let i = 0; i < step.take; i += 1) {
          expect(waiting.next()).toBe(taken < pushed);
          if (taken === pushed) break;
          const { number, offset, raw } = waiting.place();
          expect([number, offset, ...raw()]).toEqual([taken, 1000 + taken, taken]);
          taken += 1;
        }
      }
      expect(waiting.size).toBe(pushed - taken);
    }),
  );
});

test('records that were set aside on the way are passed over', () => {
  const waiting = new Waiting();
  waiting.push([ofText(1), ofText(4)]);

  expect([waiting.next(), waiting.place().number, waiting.next(), waiting.place().number, waiting.next()]).toEqual([
    true,
    1,
    true,
    4,
    false,
  ]);
});
