import { createHash } from 'node:crypto';
import type { FaultRule } from './plan';

/** Something that happens and may go wrong. */
export interface Point {
  readonly service: string;
  readonly operation: string;
  readonly target: string;
  /** ARN of who calls, where somebody does. */
  readonly caller?: string;
}

/** A number in [0, 1) that belongs to its words alone. */
export function fraction(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE() / 2 ** 32;
}

/** `*` stands for any characters, everything else for itself. */
export function matchesGlob(pattern: string, value: string): boolean {
  const source = pattern.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 's').test(value);
}

export const applies = (rule: FaultRule, { service, operation, target, caller = '' }: Point): boolean =>
  matchesGlob(rule.service, service) &&
  matchesGlob(rule.operation, operation) &&
  matchesGlob(rule.target, target) &&
  matchesGlob(rule.caller, caller);

/** Whether a rule strikes at the nth occurrence, from 1, of what it applies to. */
export function strikes({ rate, nth, every }: FaultRule, n: number, drawn: number): boolean {
  if (nth) return nth.includes(n);
  if (every !== undefined) return n % every === 0;
  return drawn < (rate ?? 0);
}
