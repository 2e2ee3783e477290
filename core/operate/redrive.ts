import type { Chunk, FinalCause, JobConfig, Marker } from '../contracts';
import type { Phase } from './run-phase';

/** What committed chunks were made with, and the rest must be too: else a run would publish two kinds of parts. */
const MUST_STAY: readonly (readonly [name: string, of: (config: JobConfig) => unknown])[] = [
  ['input', ({ spec }) => spec.input],
  ['output', ({ spec }) => spec.output],
  ['output.schema', ({ schemas }) => schemas.output],
];

/** Why a run under one config cannot go on under another; undefined when it can. */
export function redriveConflict(before: JobConfig, after: JobConfig): string | undefined {
  const changed = MUST_STAY.find(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after)));
  return changed && `${changed[0]} was changed since, so its committed chunks and new ones would not be of one kind`;
}

const FINAL_CAUSES: Readonly<Record<FinalCause, string>> = {
  aborted: 'was aborted, and its uploads with it',
  // Every chunk is committed, and stays so: another drive would reconcile the same counts.
  unbalanced: 'has committed chunks that do not add up, and nothing can take them back',
  lost: 'has committed chunks whose uploads are gone',
};

/** Why a run that has come so far cannot be redriven, whatever is corrected; undefined when it can be. */
export function findFinalCause(phase: Phase, final: FinalCause | undefined): string | undefined {
  if (phase === 'published') return 'was published, so nothing of it is open';
  if (phase === 'undelivered') return 'was not delivered as written, and its uploads were taken back';
  return final && FINAL_CAUSES[final];
}

/** The chunks that a redrive does again, with their failures forgotten: what made them fail was mended. */
export const openChunks = (leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): readonly Chunk[] =>
  leaves.filter(({ id }) => !markers.has(id)).map(({ failures: _failures, alone: _alone, suspect: _suspect, ...chunk }) => chunk);

/** Committed chunks whose pending uploads are gone; a run with such chunks can only be run anew. */
export const lostChunks = (
  leaves: readonly Chunk[],
  markers: ReadonlyMap<string, Marker>,
  pending: ReadonlySet<string>,
): readonly string[] =>
  leaves.filter(({ id }) => markers.get(id)?.parts.some(({ uploadId }) => !pending.has(uploadId))).map(({ id }) => id);
