import type { Chunk, FinalCause, JobConfig, Marker } from '../contracts';
import { isInferred } from '../inference/infer-schema';
import { verdictProblem } from '../query/verdict';
import { rowChangeOf } from './redrive-rules';
import type { Phase } from './run-phase';

const SHOWN_CHARACTERS = 80;

function textOf(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** A field as the spec names it; the contents of a schema below the field that names its file. */
const fieldOf = (path: string): string =>
  path
    .replace(/^spec\./, '')
    .replace(/^schemas\.(input|output)\.?/, '$1.schema ')
    .trim();

/** Why a run with committed chunks of one config cannot go on under another; undefined when it can. */
export function redriveConflict(before: JobConfig, after: JobConfig): string | undefined {
  const change = rowChangeOf(before, after);
  if (!change) return verdictProblem(after);
  const [was, is] = [textOf(change.before), textOf(change.after)];
  return `${fieldOf(change.path)} was changed from ${was} to ${is}, so its committed chunks and new ones would not be of one kind`;
}

/** What a redrive obeys that goes on with committed chunks: the newest config, with the types that were inferred for them. */
export function inheritTypes(after: JobConfig, before: JobConfig): JobConfig {
  const { input } = before.schemas;
  return isInferred(input) ? { ...after, schemas: { ...after.schemas, input } } : after;
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
