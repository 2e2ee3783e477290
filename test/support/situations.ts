import { assess, type Decision, type Policy, type Situation } from '../../core/assess/assess';
import type { ChunkFailure } from '../../core/assess/charges';
import { policyOf } from '../../core/assess/policy';
import type { FailureClass } from '../../core/failures';
import { aConfig, anObject, aSpec } from './records';

/** The policy of a spec's sections. */
export const aPolicy = (errors: Record<string, unknown> = {}, compute: Record<string, unknown> = {}): Policy =>
  policyOf({ config: aConfig(aSpec({ errors, compute })) });

/** A round after which nothing is known and nothing is done. */
export const aSituation = (overrides: Partial<Situation> = {}): Situation => ({
  objects: [anObject()],
  leaves: [],
  markers: new Map(),
  failures: [],
  spared: new Set(),
  outlines: new Map(),
  rounds: [],
  imageless: 0,
  policy: aPolicy(),
  isCuttable: () => true,
  guesses: false,
  random: 0.5,
  ...overrides,
});

export const failed = (chunk: string, cause: FailureClass, more: Partial<ChunkFailure> = {}): ChunkFailure => ({
  chunk,
  class: cause,
  ...more,
});

export type NextRound = Extract<Decision, { next: 'round' }>;

/** The round that follows; anything else is an error. */
export function roundAfter(situation: Situation): NextRound {
  const decision = assess(situation);
  if (decision.next !== 'round') throw new Error(`expected a round, received ${JSON.stringify(decision)}`);
  return decision;
}
