import type { Decision, Delivery } from '../contracts';

/** How far the end of a drive has come, from what the ledger and the output bucket hold. */
export type Phase = 'undecided' | 'publishing' | 'published' | 'undelivered' | 'discarded';

/** What a phase follows from. */
export interface PhaseFacts {
  readonly decision?: Decision | undefined;
  readonly delivery?: Delivery | undefined;
  /** Whether `_SUCCESS` is there. */
  readonly published: boolean;
}

/** A run that was decided to be published is being published until it is, or until its delivery has failed by name. */
export function phaseOf({ decision, delivery, published }: PhaseFacts): Phase {
  if (!decision) return 'undecided';
  if (decision.decision === 'discard') return 'discarded';
  if (delivery?.failure) return 'undelivered';
  return published ? 'published' : 'publishing';
}

/** Whether nothing is left to do but to report. */
export const hasConcluded = (phase: Phase): boolean => phase !== 'undecided' && phase !== 'publishing';
