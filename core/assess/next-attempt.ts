import type { Chunk, Failure, Outline } from '../contracts';
import { cutText } from '../cut-text';
import type { FailureClass } from '../failures';
import { canGrow, type Footing } from '../submit/needs';
import type { ChunkFailure } from './charges';
import { cutUp, type IsCuttable, stretchesOf } from './pieces';
import type { RetryRules } from './retry-policy';

/** What a failing chunk's next attempt depends on. */
export interface Terms {
  readonly rules: RetryRules;
  /** False where failing chunks are not cut. */
  readonly bisect: false | { readonly maxRecords: number };
  readonly footing: Footing;
  readonly isCuttable: IsCuttable;
  /** How a chunk can be cut, as a worker saw it. */
  readonly outlines: ReadonlyMap<string, Outline>;
}

/** What becomes of a chunk that failed. `certain` says that it holds at least one record that cannot be done. */
export type NextAttempt =
  | { readonly chunks: readonly Chunk[]; readonly certain: boolean }
  | { readonly gaveUp: FailureClass; readonly failure?: Failure };

/** Failures that the records themselves may be the cause of. */
const OF_RECORDS: ReadonlySet<FailureClass> = new Set(['DATA', 'CODE']);
/** A program that was silent over a record is the record's doing; a task that was too long is not. */
const isOfRecords = ({ class: cause, failure }: ChunkFailure): boolean =>
  OF_RECORDS.has(cause) || (cause === 'TIMEOUT' && failure !== undefined);

/** Failures that less work at once may cure. */
const OF_SIZE: ReadonlySet<FailureClass> = new Set(['OOM', 'TIMEOUT']);
/** Failures that take all chunks of a task along, and come again. */
const TAKES_ALL_ALONG: ReadonlySet<FailureClass> = new Set(['OOM', 'TIMEOUT', 'CODE', 'DATA', 'UNKNOWN']);

/** A chunk that ran out of time in a task of its own is as good as too large. */
const TIMEOUTS_BEFORE_CUT = 2;

/** The chunk with what it failed with on its account. */
function charged(chunk: Chunk, failures: readonly ChunkFailure[]): Chunk {
  const account: NonNullable<Chunk['failures']> = { ...chunk.failures };
  for (const { class: cause, times = 1 } of failures) account[cause] = (account[cause] ?? 0) + times;
  const alone = chunk.alone === true || failures.some(isDeadly);
  return { ...chunk, failures: account, ...(alone && { alone }) };
}

/** The worker died over it, or the platform killed it for what it took. */
const isDeadly = ({ class: cause, failure }: ChunkFailure): boolean =>
  OF_SIZE.has(cause) || (failure === undefined && TAKES_ALL_ALONG.has(cause));

const countOf = (chunk: Chunk, cause: FailureClass): number => chunk.failures?.[cause] ?? 0;

/** A piece was cut out because its chunk kept failing, so its own first failure is enough. */
const isProvenBad = (chunk: Chunk, failed: ChunkFailure, { rules }: Terms): boolean =>
  isOfRecords(failed) && (chunk.level !== undefined || countOf(chunk, failed.class) >= rules[failed.class].attempts);

function isTooLarge(chunk: Chunk, failed: ChunkFailure, { footing }: Terms): boolean {
  const { class: cause } = failed;
  if (isOfRecords(failed)) return false;
  if (cause === 'OOM') return !canGrow(chunk, footing);
  return cause === 'TIMEOUT' && countOf(chunk, cause) >= TIMEOUTS_BEFORE_CUT;
}

/** The next attempt at a chunk: as it is, in pieces, its records set aside, or none. */
export function nextAttempt(before: Chunk, failures: readonly ChunkFailure[], terms: Terms): NextAttempt {
  const chunk = charged(before, failures);
  const last = failures.find((failure) => isProvenBad(chunk, failure, terms) || isTooLarge(chunk, failure, terms));
  if (last) return smaller(chunk, last, terms);
  const worn = failures.find(({ class: cause }) => countOf(chunk, cause) >= terms.rules[cause].attempts);
  return worn ? gaveUp(worn) : { chunks: [chunk], certain: false };
}

const gaveUp = ({ class: cause, failure }: ChunkFailure): NextAttempt => ({ gaveUp: cause, ...(failure && { failure }) });

/** A chunk that fails whatever is done is cut, down to the records that are to blame. */
function smaller(chunk: Chunk, last: ChunkFailure, terms: Terms): NextAttempt {
  const { class: cause } = last;
  const isWorn = !isOfRecords(last) && countOf(chunk, cause) >= terms.rules[cause].attempts;
  const pieces = isWorn || chunk.suspect ? [] : piecesOf(chunk, last, terms);
  if (pieces.length > 0) return { chunks: pieces, certain: isOfRecords(last) };
  return cause === 'TIMEOUT' && !isOfRecords(last) && !isWorn ? { chunks: [chunk], certain: false } : gaveUp(last);
}

function piecesOf(chunk: Chunk, last: ChunkFailure, terms: Terms): readonly Chunk[] {
  if (terms.bisect === false) return [];
  const outline = terms.outlines.get(chunk.id);
  const is = { class: last.class, message: cutText(last.failure?.message ?? `the worker died with ${last.class} at every attempt`) };
  if (outline && outline.records <= terms.bisect.maxRecords) return [{ ...chunk, suspect: is }];
  if (last.blame) {
    const { pieces, at } = last.blame;
    return cutUp(chunk, { ranges: pieces.map(({ ranges }) => ranges), aligned: true, ...(at !== undefined && { suspect: { at, is } }) });
  }
  if (outline) return cutUp(chunk, { ranges: outline.pieces.map(({ ranges }) => ranges), aligned: true });
  // Whoever could not even fetch the records said why; only one that died without a word may do better with less.
  if (last.failure && isOfRecords(last)) return [];
  return cutUp(chunk, { ranges: stretchesOf(chunk, terms.isCuttable), aligned: false });
}
