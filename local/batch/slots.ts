import { WaitingLine } from './waiting-line';

/** A job that waits for room. */
export interface Ticket {
  readonly id: string;
  readonly ordinal: number;
  readonly vcpu: number;
}

interface Queue {
  readonly line: WaitingLine<Ticket>;
  priority: number;
  vcpu: number;
  used: number;
}

/** vCPU slots of the machine, shared by all queues; a queue may have a smaller limit of its own. */
export class Slots {
  private readonly queues = new Map<string, Queue>();
  private readonly holders = new Map<string, { readonly queue: Queue; readonly vcpu: number }>();
  private used = 0;

  constructor(private readonly total: number) {}

  declare(arn: string, { priority, vcpu }: { priority: number; vcpu: number }): void {
    const known = this.queues.get(arn);
    this.queues.set(arn, { line: known?.line ?? new WaitingLine(), used: known?.used ?? 0, priority, vcpu });
  }

  has(arn: string): boolean {
    return this.queues.has(arn);
  }

  enqueue(arn: string, ticket: Ticket, where: 'front' | 'back' = 'back'): void {
    const queue = this.queues.get(arn);
    if (!queue) throw new RangeError(`job queue ${arn} does not exist, have ${[...this.queues.keys()].join(', ') || 'none'}`);
    if (where === 'front') queue.line.pushFront(ticket);
    else queue.line.push(ticket);
  }

  /** Takes the next ticket that fits, and its slots; `waits` tells tickets that are still wanted. */
  take(waits: (id: string) => boolean): Ticket | undefined {
    const queue = this.first(waits);
    const ticket = queue?.line.peek();
    if (!queue || !ticket || !this.fits(ticket.vcpu, this.used, this.total)) return undefined;
    queue.line.shift();
    queue.used += ticket.vcpu;
    this.used += ticket.vcpu;
    this.holders.set(ticket.id, { queue, vcpu: ticket.vcpu });
    return ticket;
  }

  /** Gives a job's slots back. */
  release(id: string): void {
    const holder = this.holders.get(id);
    if (!holder) return;
    this.holders.delete(id);
    holder.queue.used -= holder.vcpu;
    this.used -= holder.vcpu;
  }

  /** The queue whose turn it is: highest priority, then the oldest head. A head too big for the machine just now is waited for. */
  private first(waits: (id: string) => boolean): Queue | undefined {
    let best: Queue | undefined;
    for (const queue of this.queues.values()) {
      const head = nextWanted(queue.line, waits);
      if (head && this.fits(head.vcpu, queue.used, queue.vcpu) && (!best || comesBefore(queue, best))) best = queue;
    }
    return best;
  }

  /** What exceeds the whole still runs, alone. */
  private fits(vcpu: number, used: number, limit: number): boolean {
    return used === 0 || used + vcpu <= limit;
  }
}

function nextWanted(line: WaitingLine<Ticket>, waits: (id: string) => boolean): Ticket | undefined {
  let head = line.peek();
  while (head && !waits(head.id)) {
    line.shift();
    head = line.peek();
  }
  return head;
}

const headOf = ({ line }: Queue): number => line.peek()?.ordinal ?? Number.POSITIVE_INFINITY;

const comesBefore = (a: Queue, b: Queue): boolean => a.priority > b.priority || (a.priority === b.priority && headOf(a) < headOf(b));
