import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { Ledger } from '../../../local/batch/ledger';
import { type Change, JOB_STATUSES, type Order } from '../../../local/batch/model';
import { aStateDir } from './cloud';

let state: ReturnType<typeof aStateDir>;
let clock: number;

beforeEach(() => {
  state = aStateDir();
  clock = 1_700_000_000_000;
});

afterEach(() => state.remove());

const file = () => path.join(state.folder, 'jobs.jsonl');
const aLedger = () => new Ledger(file(), () => clock);

const anOrder = (ledger: Ledger, size?: number): Order => ({
  id: `job-${ledger.nextOrdinal()}`,
  ordinal: ledger.nextOrdinal(),
  name: 'job',
  queueArn: 'queue',
  definitionArn: 'definition:1',
  size,
  parameters: {},
  retryStrategy: { attempts: 1, evaluateOnExit: [] },
  propagateTags: false,
  platformCapabilities: ['FARGATE'],
  folder: '/assets/1',
  createdAt: clock,
});

/** What a ledger would say, told moves left out. */
const contents = (ledger: Ledger) =>
  ledger
    .roots()
    .map((order) => ({ order, jobs: [ledger.job(order.id), ...ledger.children(order)], summary: nonZero(ledger.summary(order.id)) }));
const nonZero = (summary: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(summary).filter(([, count]) => count > 0));

function tellAll(ledger: Ledger): string[] {
  const told: string[] = [];
  while (ledger.tellNext(({ job }) => told.push(`${job.id} ${job.status}`)));
  return told;
}

const changes = fc.array(fc.record({ child: fc.nat(3), status: fc.constantFrom(...JOB_STATUSES), reason: fc.option(fc.string()) }), {
  maxLength: 20,
});

test('a ledger that is read again, whole or compacted, says the same', () => {
  fc.assert(
    fc.property(changes, fc.boolean(), (list, compacted) => {
      writeFileSync(file(), '');
      const ledger = aLedger();
      const order = anOrder(ledger, 4);
      ledger.submit(order, { a: 'b' });
      for (const { child, status, reason } of list) {
        ledger.change([{ id: `${order.id}:${child}`, set: { status, statusReason: reason } }]);
        tellAll(ledger);
      }
      if (compacted) ledger.compact();

      expect(contents(aLedger())).toEqual(contents(ledger));
    }),
    { numRuns: 50 },
  );
});

test('a kill at any byte loses no change that was told, and tells every change that was kept', () => {
  const whole = aLedger();
  const order = anOrder(whole, 3);
  whole.submit(order, {});
  const told: string[] = [];
  for (const status of JOB_STATUSES) {
    const step: Change[] = [0, 1].map((child) => ({ id: `${order.id}:${child}`, set: { status } }));
    whole.change(step);
    told.push(...tellAll(whole));
  }
  const bytes = readFileSync(file());

  for (let cut = 0; cut <= bytes.length; cut += 7) {
    writeFileSync(file(), bytes.subarray(0, cut));
    const changesKept = bytes
      .subarray(0, cut)
      .toString()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes('"changed"')).length;

    const again = tellAll(aLedger());

    // The changes of the last line kept may not have been told; those before were.
    expect(again).toEqual(told.slice(Math.max(0, changesKept - 1) * 2, changesKept * 2));
  }
});

test('moves that nobody took are kept over compaction and restart, in order', () => {
  const ledger = aLedger();
  const order = anOrder(ledger);
  ledger.submit(order, {});
  ledger.change([{ id: order.id, set: { status: 'RUNNABLE' } }]);
  ledger.change([{ id: order.id, set: { status: 'STARTING' } }]);
  expect(() =>
    ledger.tellNext(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  ledger.compact();

  expect(tellAll(aLedger())).toEqual([`${order.id} RUNNABLE`, `${order.id} STARTING`]);
});

test('jobs that ended more than a week ago are forgotten, and their ordinals are not used again', () => {
  const ledger = aLedger();
  const orders = [anOrder(ledger, 2)];
  ledger.submit(orders[0]!, {});
  orders.push(anOrder(ledger));
  ledger.submit(orders[1]!, {});
  ledger.change(orders.map(({ id }, n) => ({ id, set: n === 0 ? { status: 'FAILED', stoppedAt: clock } : { status: 'RUNNABLE' } })));
  tellAll(ledger);
  clock += 8 * 24 * 3600 * 1000;
  ledger.compact();

  const again = aLedger();

  expect(again.roots().map(({ id }) => id)).toEqual(['job-2']);
  expect(again.job('job-1:0')).toBeUndefined();
  expect(again.nextOrdinal()).toBe(3);
});

test('a torn last line is no obstacle to writing on', () => {
  const ledger = aLedger();
  ledger.submit(anOrder(ledger), {});
  appendFileSync(file(), '{"kind":');

  const second = aLedger();
  second.submit(anOrder(second), {});

  expect(aLedger().roots()).toHaveLength(2);
});
