import type { Drive, FinalCause } from '../contracts';
import { findFinalCause } from './redrive';
import { hasConcluded, type Phase } from './run-phase';

/** How long a failed run can be redriven: its pending uploads are kept for so long, and cost storage. */
export const REDRIVE_DAYS = 3;

const DAY_MS = 86_400_000;

/** What the collector sees of a run with pending uploads. */
export interface EndedRun {
  /** Whether an execution of it is under way, or about to be. */
  readonly open: boolean;
  /** Of its newest drive. */
  readonly phase: Phase;
  /** Of its newest drive's decision. */
  readonly final?: FinalCause;
  /** When its newest drive was reported. */
  readonly endedAt?: Date;
  /** Who has taken it since its last end, if anybody. */
  readonly taken?: Drive['kind'];
  readonly now: Date;
}

/**
 * What may be done with its uploads: `abort` what is left, `take` the run first, so that no redrive begins beside it, or
 * `keep` them.
 */
export function decideCollect({ open, phase, final, endedAt, taken, now }: EndedRun): 'keep' | 'take' | 'abort' {
  if (taken === 'collect') return 'abort';
  if (open || !hasConcluded(phase) || !endedAt) return 'keep';
  // Of a published run only what its decision left out is still pending.
  if (findFinalCause(phase, final)) return 'abort';
  return now.getTime() - endedAt.getTime() < REDRIVE_DAYS * DAY_MS ? 'keep' : 'take';
}

export interface Revision {
  readonly arn: string;
  readonly name: string;
  readonly revision: number;
}

/** So many former configs can be rolled back to, each of which names a revision. */
export const REVISIONS_KEPT = 10;

/** Revisions of job definitions that nobody needs: not among the newest of their name, and pinned by no open run. */
export function staleRevisions(revisions: readonly Revision[], pinned: ReadonlySet<string>): readonly string[] {
  const names = [...new Set(revisions.map(({ name }) => name))];
  const newestFirst = (name: string) => revisions.filter((one) => one.name === name).toSorted((a, b) => b.revision - a.revision);
  const old = names.flatMap((name) => newestFirst(name).slice(REVISIONS_KEPT));
  return old.filter(({ arn }) => !pinned.has(arn)).map(({ arn }) => arn);
}
