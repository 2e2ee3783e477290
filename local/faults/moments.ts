import { matchesGlob } from './draw';
import type { Strike } from './faults';
import type { RuleOf } from './plan';

/** What waits for a call of one function or job. */
export interface Trap {
  /** Which of the calls that match, from 1. */
  readonly call: number;
  /** Pattern of the operations that count. */
  readonly during: string;
  readonly when: 'before' | 'after';
  /** Whether the answer of the call is lost with the program. */
  readonly cuts: boolean;
  act(): void;
}

interface Armed extends Trap {
  seen: number;
}

/** A trap at a call that the seed draws from the rule's range. */
export function trapOf({ rule, drawn, hit }: MomentStrike, cuts: boolean, act: () => void): Trap {
  const [low, high] = rule.calls;
  const call = low + Math.floor(drawn('call') * (high - low + 1));
  const { during, when } = rule;
  return {
    call,
    during,
    when,
    cuts,
    act: () => {
      hit();
      act();
    },
  };
}

type MomentStrike = Omit<Strike, 'rule'> & { readonly rule: Pick<RuleOf<'function-kill'>, 'calls' | 'during' | 'when'> };

/** Ends programs at a certain one of their own calls, so that where they die does not depend on the clock. */
export class Moments {
  private readonly armed = new Map<string, Armed>();

  /** `id` is what the program calls itself in the user agent of its requests. */
  arm(id: string, trap: Trap): void {
    this.armed.set(id, { ...trap, seen: 0 });
  }

  /** The program has ended by itself. */
  disarm(id: string): void {
    this.armed.delete(id);
  }

  /** The trap that this call springs; it is no longer armed then. */
  sprung(id: string, operation: string): Trap | undefined {
    const trap = this.armed.get(id);
    if (!trap || !matchesGlob(trap.during, operation)) return undefined;
    trap.seen += 1;
    if (trap.seen < trap.call) return undefined;
    this.armed.delete(id);
    return trap;
  }
}

/** Who sent a request, where it says so; tools append more behind a hyphen. */
export const appIdOf = (userAgent: string): string => /\bapp\/([A-Za-z0-9]+)/.exec(userAgent)?.[1] ?? '';
