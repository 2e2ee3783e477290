import type { Chunk, Failure } from '../contracts';
import { createFailure, type FailureClass, HINTS } from '../failures';
import { groupBy } from '../group-by';
import { rootId } from '../keys';
import type { ChunkFailure } from './charges';

/** Fewer failures than this are no pattern, whatever their share. */
const LEAST = 3;
/** Fewer pieces than this and three bad records are a fifth of them. */
const LEAST_PIECES = 16;

/** These come and go with the platform's load, and say nothing about the job. */
const PASSING: ReadonlySet<FailureClass> = new Set(['SPOT', 'HOST', 'THROTTLE']);

export interface Tally {
  /** The chunks that count so far. */
  readonly leaves: readonly Chunk[];
  readonly failures: readonly ChunkFailure[];
  /** Tasks of the round, and how many of them never started because of their image. */
  readonly tasks: number;
  readonly imageless: number;
  /** E.g. `20%`. */
  readonly systemic: string;
}

interface Share {
  readonly cause: FailureClass;
  readonly failed: number;
  readonly of: number;
  readonly what: string;
}

const isTooMany = ({ failed, of }: Share, systemic: string): boolean =>
  failed >= LEAST && failed > (Number.parseFloat(systemic) / 100) * of;

/** How many different ids failed with each class. */
const byClass = (failures: readonly ChunkFailure[], idOf: (chunk: string) => string): readonly (readonly [FailureClass, number])[] =>
  [...groupBy(failures, (failure) => failure.class)].map(([cause, all]) => [cause, new Set(all.map(({ chunk }) => idOf(chunk))).size]);

/** Chunks of the plan with a failure in them: a chunk that was cut counts as the one that it was. */
function sharesOfChunks({ leaves, failures }: Tally): readonly Share[] {
  const of = new Set(leaves.map(({ id }) => rootId(id))).size;
  return byClass(failures, rootId).map(([cause, failed]) => ({ cause, failed, of, what: 'chunks' }));
}

/** One bad record in a chunk makes an eighth of its pieces fail, level after level; more than that is no single record's doing. */
function sharesOfPieces({ leaves, failures }: Tally): readonly Share[] {
  const levels = new Map(leaves.map(({ id, level = 0 }) => [id, level]));
  const level = failures.reduce((deepest, { chunk }) => Math.max(deepest, levels.get(chunk) ?? 0), 0);
  const failed = level === 0 ? [] : failures.filter(({ chunk }) => levels.get(chunk) === level);
  const of = leaves.filter((leaf) => leaf.level === level).length;
  if (of < LEAST_PIECES) return [];
  return byClass(failed, (id) => id).map(([cause, count]) => ({ cause, failed: count, of, what: 'pieces of failing chunks' }));
}

/** The failure of a run whose fault is everywhere; undefined while it may be a few records' or chunks' own. */
export function systemicFailure(tally: Tally): Failure | undefined {
  const images: Share = { cause: 'IMAGE', failed: tally.imageless, of: tally.tasks, what: 'tasks' };
  const shares = [images, ...sharesOfChunks(tally), ...sharesOfPieces(tally)];
  const share = shares.find((one) => !PASSING.has(one.cause) && isTooMany(one, tally.systemic));
  if (!share) return undefined;
  const { cause, failed, of, what } = share;
  const said = tally.failures.find((failure) => failure.class === cause && failure.failure)?.failure;
  return createFailure({
    class: cause,
    message: `${failed} of ${of} ${what} failed with ${cause}, errors.systemic allows ${tally.systemic}${said ? `; the first said: ${said.message}` : ''}`,
    hint: said?.hint ?? HINTS[cause],
  });
}
