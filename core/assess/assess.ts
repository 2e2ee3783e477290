import type { Chunk, Failure, Marker, Outline, Round } from '../contracts';
import { cutText } from '../cut-text';
import { createFailure, type FailureClass, HINTS } from '../failures';
import { groupBy } from '../group-by';
import type { SourceObjects } from '../plan/source-objects';
import { ofThisExecution, outOfRounds } from '../submit/history-budget';
import { type Footing, type Party, partiesOf } from '../submit/needs';
import { arraysOfParties } from '../submit/party-packing';
import { systemicFailure } from './breaker';
import { chainRound } from './chain-round';
import type { ChunkFailure } from './charges';
import { excuses } from './guess-failures';
import { byId } from './leaves';
import { type NextAttempt, nextAttempt } from './next-attempt';
import type { IsCuttable } from './pieces';
import { backoffSeconds, type RetryRules } from './retry-policy';
import { cannotPublish, tooManySkipped } from './skip-verdict';

/** What a job's spec says about failures, and what its tasks run on. */
export interface Policy {
  readonly rules: RetryRules;
  readonly bisect: false | { readonly maxRecords: number };
  readonly systemic: string;
  readonly skipLimit: number | string;
  readonly footing: Footing;
}

export interface Situation {
  readonly objects: SourceObjects;
  /** The chunks that count so far, in record order. */
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  readonly failures: readonly ChunkFailure[];
  /** Chunks whose turn had not come when their task failed. */
  readonly spared: ReadonlySet<string>;
  /** How chunks that failed can be cut. */
  readonly outlines: ReadonlyMap<string, Outline>;
  /** Every round so far. */
  readonly rounds: readonly Pick<Round, 'arrays' | 'tasks' | 'because'>[];
  /** Tasks of the last round that never started because of their image. */
  readonly imageless: number;
  readonly policy: Policy;
  readonly isCuttable: IsCuttable;
  /** Whether the types of the input's columns were inferred; a person may know better. @default false */
  readonly typesInferred?: boolean;
  /** Whether chunks guess where their first record begins. */
  readonly guesses: boolean;
  /** In [0, 1), for the jitter. */
  readonly random: number;
}

export type Decision =
  | { readonly next: 'commit' }
  | { readonly next: 'stop'; readonly failure: Failure }
  | {
      readonly next: 'round';
      /** In record order. */
      readonly chunks: readonly Chunk[];
      readonly parties: readonly Party[];
      readonly waitSeconds: number;
      readonly because: NonNullable<Round['because']>;
    };

/** An uncommitted chunk with all that it failed with in the round just over. */
interface Failing {
  readonly chunk: Chunk;
  readonly failures: readonly ChunkFailure[];
}

/** A chunk that nobody says anything about has failed too, or a round could leave everything as it was. */
function failingOf(open: readonly Chunk[], { failures, spared }: Situation): readonly Failing[] {
  const byChunk = groupBy(failures, ({ chunk }) => chunk);
  return open
    .filter(({ id }) => !spared.has(id))
    .map((chunk) => ({ chunk, failures: byChunk.get(chunk.id) ?? [{ chunk: chunk.id, class: 'UNKNOWN' }] }));
}

function stopFor({ chunk, failures }: Failing, cause: FailureClass): Decision {
  const said = failures.find((failure) => failure.class === cause && failure.failure)?.failure;
  const times = (chunk.failures?.[cause] ?? 0) + (failures.find((failure) => failure.class === cause)?.times ?? 1);
  return {
    next: 'stop',
    failure: createFailure({
      class: cause,
      message: said?.message ?? `chunk ${chunk.id} failed ${times === 1 ? 'once' : `${times} times`} with ${cause}`,
      hint: said?.hint ?? HINTS[cause],
    }),
  };
}

/** Seconds that the most patient of the failures asks for. */
function waitOf(failing: readonly Failing[], { policy, random }: Situation): number {
  const waits = failing.flatMap(({ chunk, failures }) =>
    failures.map(({ class: cause, times = 1 }) => backoffSeconds(policy.rules[cause], (chunk.failures?.[cause] ?? 0) + times, random)),
  );
  return waits.reduce((longest, wait) => Math.max(longest, wait), 0);
}

function becauseOf(failing: readonly Failing[]): NonNullable<Round['because']> {
  const byClass = groupBy(
    failing.flatMap(({ failures }) => failures),
    (failure) => failure.class,
  );
  return [...byClass].map(([cause, all]) => {
    const message = all.find(({ failure }) => failure)?.failure?.message;
    return {
      class: cause,
      chunks: new Set(all.map(({ chunk }) => chunk)).size,
      ...(message !== undefined && { message: cutText(message) }),
    };
  });
}

/** Another round, if the history of the execution has room for it. */
function round(chunks: readonly Chunk[], failing: readonly Failing[], situation: Situation): Decision {
  const parties = partiesOf(chunks, situation.policy.footing);
  const because = becauseOf(failing);
  const failure = outOfRounds(ofThisExecution(situation.rounds), {
    arrays: arraysOfParties(parties).length,
    cause: because[0]?.class ?? 'UNKNOWN',
  });
  if (failure) return { next: 'stop', failure };
  return { next: 'round', chunks, parties, waitSeconds: waitOf(failing, situation), because };
}

function retryRound(open: readonly Chunk[], situation: Situation): Decision {
  const excused = situation.guesses ? excuses(situation) : new Map<string, Chunk>();
  const failing = failingOf(open, situation).filter(({ chunk }) => !excused.has(chunk.id));
  const final = failing.flatMap((one) => one.failures.filter(({ failure }) => failure?.final).map((failure) => ({ ...one, failure })))[0];
  if (final) return stopFor({ ...final, failures: [final.failure] }, final.failure.class);
  const attempts = failing.map((one) => ({ ...one, next: nextAttempt(one.chunk, one.failures, { ...situation.policy, ...situation }) }));
  for (const one of attempts) if ('gaveUp' in one.next && one.next.gaveUp === 'CONFIG') return stopFor(one, 'CONFIG');
  const failure = systemicOf(failing, situation);
  if (failure) return { next: 'stop', failure };
  const stop = hopeless(attempts, situation);
  if (stop) return stop;
  const again = attempts.flatMap(({ next }) => ('chunks' in next ? next.chunks : []));
  const untouched = open.filter(({ id }) => situation.spared.has(id) && !excused.has(id));
  return round([...again, ...untouched, ...excused.values()].toSorted(byId), failing, situation);
}

function systemicOf(failing: readonly Failing[], { leaves, rounds, imageless, policy }: Situation): Failure | undefined {
  const failures = failing.flatMap((one) => one.failures);
  return systemicFailure({ leaves, failures, tasks: rounds.at(-1)?.tasks ?? 0, imageless, systemic: policy.systemic });
}

/** The end of a run that cannot be published any more, whatever is tried. */
function hopeless(attempts: readonly (Failing & { readonly next: NextAttempt })[], situation: Situation): Decision | undefined {
  for (const one of attempts) if ('gaveUp' in one.next) return stopFor(one, one.next.gaveUp);
  const bad = attempts.filter(({ next }) => 'chunks' in next && next.certain);
  const [first] = bad;
  if (!first || !cannotPublish({ ...situation, skipLimit: situation.policy.skipLimit }, bad.length)) return undefined;
  return stopFor(first, first.failures[0]?.class ?? 'UNKNOWN');
}

/** The chunks that guessed wrong where they begin; nothing when every chain is whole. */
function guessedWrong(situation: Situation): Decision | undefined {
  const answer = chainRound(situation);
  if ('failure' in answer) return { next: 'stop', failure: answer.failure };
  return answer.chunks.length === 0 ? undefined : round(answer.chunks, [], situation);
}

/** What follows a round: another one for what is not committed or was guessed wrong, the commit, or the end. */
export function assess(situation: Situation): Decision {
  const open = situation.leaves.filter(({ id }) => !situation.markers.has(id));
  if (open.length > 0) return retryRound(open, situation);
  const wrong = guessedWrong(situation);
  if (wrong) return wrong;
  const failure = tooManySkipped({ ...situation, skipLimit: situation.policy.skipLimit });
  return failure ? { next: 'stop', failure } : { next: 'commit' };
}
