import { chainRound } from './chain-round';
import { type Chunk, type Counts, type Failure, type Marker, type Metrics, type Profile, rowsOf } from './contracts';
import { classify, type Evidence, type FailureClass, HINTS } from './failures';
import { legalMemories } from './fargate';
import { excuses } from './guess-failures';
import { byId } from './leaves';
import { backoffSeconds, RETRY_RULES } from './retry-policy';
import { skipsAllowed } from './skip-limit';
import type { SourceObjects } from './source-objects';

/** What went wrong with a chunk in the round just over. */
export interface ChunkFailure {
  readonly chunk: string;
  readonly class: FailureClass;
  /** The worker's own words, where it had any. */
  readonly failure?: Failure;
}

export interface Situation {
  readonly objects: SourceObjects;
  /** The chunks that count so far, in record order. */
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  readonly failures: readonly ChunkFailure[];
  readonly skipLimit: number | string;
  /** Whether the types of the input's columns were inferred; a person may know better. */
  readonly typesInferred?: boolean;
  readonly profile: Profile;
  readonly capacity: 'spot' | 'on-demand';
  /** Whether chunks guess where their first record begins. @default false */
  readonly guesses?: boolean;
  /** In [0, 1), for the jitter. */
  readonly random: number;
}

export type Decision =
  | { readonly next: 'commit' }
  | { readonly next: 'stop'; readonly failure: Failure }
  | {
      readonly next: 'round';
      readonly chunks: readonly Chunk[];
      readonly waitSeconds: number;
      readonly profile: Profile;
      readonly capacity: 'spot' | 'on-demand';
      /** Whether every chunk should be a task of its own. */
      readonly split: boolean;
    };

/** The class of a failed task's uncommitted chunk: the task's evidence, completed by the chunk's own complaint. */
export const failureOf = (chunk: string, evidence: Evidence, complaint?: Failure): ChunkFailure => ({
  chunk,
  class: classify({ ...evidence, complaint: complaint?.class }),
  failure: complaint,
});

const addCounts = (a: Counts, b: Counts): Counts => ({
  read: a.read + b.read,
  written: a.written + b.written,
  filtered: a.filtered + b.filtered,
  quarantined: a.quarantined + b.quarantined,
  ...((a.rows ?? b.rows) !== undefined && { rows: rowsOf(a) + rowsOf(b) }),
});

export const NO_RECORDS: Counts = { read: 0, written: 0, filtered: 0, quarantined: 0 };

/** Sums of the leaves' markers. */
export const totalsOf = (leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): Counts =>
  leaves.reduce((sum, { id }) => addCounts(sum, markers.get(id)?.counts ?? NO_RECORDS), NO_RECORDS);

/** Sums of what the processors of the leaves counted; undefined where none counted anything. */
export function metricsOf(leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): Metrics | undefined {
  const counted = leaves.flatMap(({ id }) => Object.entries(markers.get(id)?.metrics ?? {}));
  if (counted.length === 0) return undefined;
  const sums = new Map<string, number>();
  for (const [name, by] of counted) sums.set(name, (sums.get(name) ?? 0) + by);
  return Object.fromEntries(sums);
}

/** A chunk with one more failure on its account. */
function charged(chunk: Chunk, failure: ChunkFailure | undefined): Chunk {
  const cause = failure?.class ?? 'UNKNOWN';
  return { ...chunk, failures: { ...chunk.failures, [cause]: (chunk.failures?.[cause] ?? 0) + 1 } };
}

const exhausted = (chunk: Chunk): FailureClass | undefined =>
  (Object.entries(chunk.failures ?? {}) as [FailureClass, number][]).find(([cause, n]) => n >= RETRY_RULES[cause].attempts)?.[0];

function stopFor(cause: FailureClass, chunk: Chunk, failures: readonly ChunkFailure[]): Decision {
  const said = failures.find((f) => f.chunk === chunk.id && f.failure)?.failure;
  const times = chunk.failures?.[cause] ?? 1;
  return {
    next: 'stop',
    failure: {
      class: cause,
      message: said?.message ?? `chunk ${chunk.id} failed ${times === 1 ? 'once' : `${times} times`} with ${cause}`,
      hint: said?.hint ?? HINTS[cause],
    },
  };
}

/** The next legal memory size when a task ran out of it; the largest stays. */
function grown(profile: Profile, classes: ReadonlySet<FailureClass>): Profile {
  if (!classes.has('OOM')) return profile;
  return { ...profile, memoryMiB: legalMemories(profile.vcpu).find((m) => m > profile.memoryMiB) ?? profile.memoryMiB };
}

function retryRound(open: readonly Chunk[], situation: Situation): Decision {
  const failures = new Map(situation.failures.map((f) => [f.chunk, f]));
  const excused = situation.guesses ? excuses(situation) : new Map<string, Chunk>();
  const chunks = open.filter(({ id }) => !excused.has(id)).map((chunk) => charged(chunk, failures.get(chunk.id)));
  for (const chunk of chunks) {
    const cause = exhausted(chunk);
    if (cause) return stopFor(cause, chunk, situation.failures);
  }
  const classes = new Set(chunks.map(({ id }) => failures.get(id)?.class ?? 'UNKNOWN'));
  const waits = chunks.flatMap(({ failures: counts = {} }) =>
    [...classes].map((cause) => backoffSeconds(RETRY_RULES[cause], counts[cause] ?? 1, situation.random)),
  );
  const spotLosses = Math.max(0, ...chunks.map(({ failures: counts = {} }) => counts.SPOT ?? 0));
  return {
    next: 'round',
    chunks: [...chunks, ...excused.values()].toSorted(byId),
    waitSeconds: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
    profile: grown(situation.profile, classes),
    capacity: spotLosses >= 2 ? 'on-demand' : situation.capacity,
    split: classes.has('TIMEOUT') || classes.has('OOM'),
  };
}

/** The chunks that guessed wrong where they begin; nothing when every chain is whole. */
function guessedWrong(situation: Situation): Decision | undefined {
  const { profile, capacity } = situation;
  const answer = chainRound(situation);
  if ('failure' in answer) return { next: 'stop', failure: answer.failure };
  const { chunks } = answer;
  return chunks.length === 0 ? undefined : { next: 'round', chunks, waitSeconds: 0, profile, capacity, split: false };
}

const NO_SCHEMA =
  '; the job has no input.schema, so the types of its columns were inferred from the beginning of the files: name those that are wrong in a JSON Schema';

function skipVerdict({ leaves, markers, skipLimit, typesInferred }: Situation): Decision {
  const { read, quarantined } = totalsOf(leaves, markers);
  if (quarantined <= skipsAllowed(skipLimit, read)) return { next: 'commit' };
  return {
    next: 'stop',
    failure: {
      class: 'DATA',
      message: `${quarantined} of ${read} records were quarantined, errors.skipLimit allows ${skipLimit} (${skipsAllowed(skipLimit, read)})`,
      hint: `look at the quarantine: correct the file, the schema or the processor, or raise errors.skipLimit${typesInferred ? NO_SCHEMA : ''}`,
    },
  };
}

/** What follows a round: another one for what is not committed or was guessed wrong, the commit, or the end. */
export function assess(situation: Situation): Decision {
  const open = situation.leaves.filter(({ id }) => !situation.markers.has(id));
  if (open.length > 0) return retryRound(open, situation);
  return guessedWrong(situation) ?? skipVerdict(situation);
}
