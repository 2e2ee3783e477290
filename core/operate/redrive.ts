import type { Chunk, Decision, JobConfig, Marker } from '../contracts';
import { verdictProblem } from '../query/verdict';

/** What committed chunks were made with, and the rest must be too: else a run would publish two kinds of parts. */
const MUST_STAY: readonly (readonly [name: string, of: (config: JobConfig) => unknown])[] = [
  ['input', ({ spec }) => spec.input],
  ['output', ({ spec }) => spec.output],
  ['output.schema', ({ schemas }) => schemas.output],
];

/** Why a run under one config cannot go on under another; undefined when it can. */
export function redriveConflict(before: JobConfig, after: JobConfig): string | undefined {
  const unjudged = verdictProblem(after);
  if (unjudged !== undefined) return unjudged;
  const changed = MUST_STAY.find(([, of]) => JSON.stringify(of(before)) !== JSON.stringify(of(after)));
  return changed && `${changed[0]} was changed since, so its committed chunks and new ones would not be of one kind`;
}

/** Why a run that was decided so can never go on, whatever is mended; undefined when it can. */
export function whyFinal({ decision, failure, reconciliation }: Decision): string | undefined {
  if (decision === 'publish') return 'was decided to be published, so nothing of it is open; where its report says FAILED';
  if (failure?.class === 'CANCELLED') return 'was aborted and its uploads with it:';
  // Every chunk is committed, and stays so: the same books would be balanced again.
  if (reconciliation.verdict === 'MISMATCH') return 'has committed chunks that do not add up, and nothing can take them back:';
  return undefined;
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
