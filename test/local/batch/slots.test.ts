import fc from 'fast-check';
import { Slots } from '../../../local/batch/slots';
import { WaitingLine } from '../../../local/batch/waiting-line';

const always = () => true;

const aQueue = (slots: Slots, arn: string, { priority = 1, vcpu = 100 } = {}) => slots.declare(arn, { priority, vcpu });

/** Ids in the order in which they are taken, each given back at once. */
function takeAll(slots: Slots): string[] {
  const taken: string[] = [];
  for (let ticket = slots.take(always); ticket; ticket = slots.take(always)) {
    taken.push(ticket.id);
    slots.release(ticket.id);
  }
  return taken;
}

describe('slots', () => {
  test('go to the queue of highest priority, then to the oldest job', () => {
    const slots = new Slots(1);
    aQueue(slots, 'low', { priority: 1 });
    aQueue(slots, 'high', { priority: 9 });
    aQueue(slots, 'also low', { priority: 1 });
    slots.enqueue('low', { id: 'a', ordinal: 1, vcpu: 1 });
    slots.enqueue('also low', { id: 'b', ordinal: 2, vcpu: 1 });
    slots.enqueue('low', { id: 'c', ordinal: 3, vcpu: 1 });
    slots.enqueue('high', { id: 'd', ordinal: 4, vcpu: 1 });

    expect(takeAll(slots)).toEqual(['d', 'a', 'b', 'c']);
  });

  test('go first to jobs that come back', () => {
    const slots = new Slots(1);
    aQueue(slots, 'q');
    slots.enqueue('q', { id: 'a', ordinal: 1, vcpu: 1 });
    slots.enqueue('q', { id: 'again', ordinal: 2, vcpu: 1 }, 'front');

    expect(takeAll(slots)).toEqual(['again', 'a']);
  });

  test('are kept for a big job that waits, rather than given to small ones behind it', () => {
    const slots = new Slots(4);
    aQueue(slots, 'q');
    slots.enqueue('q', { id: 'small', ordinal: 1, vcpu: 2 });
    slots.enqueue('q', { id: 'big', ordinal: 2, vcpu: 4 });
    slots.enqueue('q', { id: 'late', ordinal: 3, vcpu: 1 });

    expect(slots.take(always)?.id).toBe('small');
    expect(slots.take(always)).toBeUndefined();
    slots.release('small');
    expect(slots.take(always)?.id).toBe('big');
  });

  test('of a full queue are left to other queues', () => {
    const slots = new Slots(4);
    aQueue(slots, 'narrow', { priority: 9, vcpu: 1 });
    aQueue(slots, 'wide');
    slots.enqueue('narrow', { id: 'n1', ordinal: 1, vcpu: 1 });
    slots.enqueue('narrow', { id: 'n2', ordinal: 2, vcpu: 1 });
    slots.enqueue('wide', { id: 'w', ordinal: 3, vcpu: 1 });

    expect([slots.take(always)?.id, slots.take(always)?.id, slots.take(always)?.id]).toEqual(['n1', 'w', undefined]);
  });

  test('skip jobs that nobody wants any more', () => {
    const slots = new Slots(1);
    aQueue(slots, 'q');
    for (const id of ['a', 'b', 'c']) slots.enqueue('q', { id, ordinal: 1, vcpu: 1 });

    expect(slots.take((id) => id === 'c')?.id).toBe('c');
  });

  test('exist for known queues only', () => {
    expect(() => new Slots(1).enqueue('q', { id: 'a', ordinal: 1, vcpu: 1 })).toThrow('job queue q does not exist, have none');
  });

  /** Takes and gives back as the coins fall, until every job had its turn; tells the sizes held together at each moment. */
  function play(vcpus: readonly number[], total: number, coins: readonly boolean[]): readonly (readonly number[])[] {
    const slots = new Slots(total);
    aQueue(slots, 'q');
    for (const [ordinal, vcpu] of vcpus.entries()) slots.enqueue('q', { id: String(ordinal), ordinal, vcpu });
    const moments: number[][] = [];
    const held: string[] = [];
    for (let served = 0, step = 0; served < vcpus.length; step++) {
      const ticket = coins[step % coins.length] || held.length === 0 ? slots.take(always) : undefined;
      if (ticket) held.push(ticket.id);
      else slots.release(held.shift() ?? '');
      served += ticket ? 1 : 0;
      moments.push(held.map((id) => vcpus[Number(id)] ?? 0));
    }
    return moments;
  }

  test('are never more than the machine has, unless one job wants more and is alone, and every job gets its turn', () => {
    const sizes = fc.array(fc.constantFrom(0.25, 0.5, 1, 2, 4, 8), { minLength: 1, maxLength: 30 });
    const coins = fc.array(fc.boolean(), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 2, 3), coins, (vcpus, total, falls) => {
        const moments = play(vcpus, total, falls);

        expect(moments.every((held) => held.length === 1 || held.reduce((sum, one) => sum + one, 0) <= total)).toBe(true);
      }),
    );
  });
});

test('a waiting line serves in order, whatever comes and goes', () => {
  const operations = fc.array(fc.constantFrom('push', 'front', 'shift'), { maxLength: 5000 });
  fc.assert(
    fc.property(operations, (steps) => {
      const line = new WaitingLine<number>();
      const model: number[] = [];
      steps.forEach((step, n) => {
        if (step === 'push') model.push(n) && line.push(n);
        if (step === 'front') model.unshift(n) && line.pushFront(n);
        expect(line.peek()).toBe(model[0]);
        if (step === 'shift') expect(line.shift()).toBe(model.shift());
      });
    }),
    { numRuns: 30 },
  );
});
