import type { OpenMark, SweepFinding } from '../contracts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** An array of the newest round, as Batch and the ledger show it. */
export interface ArrayFacts {
  readonly round: number;
  readonly array: number;
  /** Whether its job has ended; undefined where no job is recorded. */
  readonly ended?: boolean;
  /** Whether tasks wait for capacity while none runs or starts. */
  readonly waiting: boolean;
  readonly submittedAt?: Date;
}

/** What a sweep sees of one execution that was opened. */
export interface RunFacts {
  readonly mark: OpenMark;
  /** Undefined where there is no such execution. */
  readonly status?: ExecutionStatus;
  readonly reported: boolean;
  /** Whether the ledger has a record of the mark's drive as a redrive; the first drive needs none. */
  readonly recorded: boolean;
  /** Whether it was decided to be published, and is not yet. */
  readonly publishing: boolean;
  /** Of a running execution only. */
  readonly arrays: readonly ArrayFacts[];
  readonly now: Date;
}

export type SweepAction =
  | { readonly do: 'forget' }
  | { readonly do: 'leave' }
  | { readonly do: 'start' | 'wake' | 'close' | 'tell'; readonly finding: SweepFinding };

/** A queue hides a message for 6 minutes; what has not begun after that was dropped on the way. */
export const BEGIN_WITHIN_MINUTES = 15;
/** Fargate starts a task in about a minute; so long a wait is a quota or a misconfiguration. */
export const CAPACITY_WITHIN_MINUTES = 30;

/** The first execution that closes a run starts at once, each later one waits twice as long as the one before, a day at most. */
const CLOSE_AGAIN_AFTER_MINUTES = 15;
const MAX_CLOSE_AGAIN_MINUTES = 24 * 60;

/** How many executions were started to close the drive of a mark, its own included. */
export const closingsOf = ({ input: { begin, closing = 0 } }: Pick<OpenMark, 'input'>): number => (begin === 'commit' ? closing + 1 : 0);

const closeAgainMinutes = (closings: number): number =>
  closings === 0 ? 0 : Math.min(MAX_CLOSE_AGAIN_MINUTES, CLOSE_AGAIN_AFTER_MINUTES * 2 ** (closings - 1));

const minutesBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 60_000;

/** What is to be done about one execution: nothing where all goes its way. */
export function decideSweep(facts: RunFacts): SweepAction {
  const { mark, status, reported, now } = facts;
  const age = minutesBetween(new Date(mark.at), now);
  const finding = (did: SweepFinding['did'], why: string): SweepFinding => ({ runId: mark.input.runId, did, why });
  if (reported && status !== 'RUNNING') return { do: 'forget' };
  if (status === undefined) {
    if (age < BEGIN_WITHIN_MINUTES) return { do: 'leave' };
    // A redrive that died before it wrote its record down has not begun, and may be asked for again.
    if (!facts.recorded) return { do: 'forget' };
    return { do: 'start', finding: finding('started', `claimed ${Math.round(age)} minutes ago, but no execution was started`) };
  }
  if (status === 'RUNNING') return ofRunning(facts, finding);
  if (age < closeAgainMinutes(closingsOf(mark))) return { do: 'leave' };
  if (facts.publishing) return { do: 'close', finding: finding('resumed', `its execution ended ${status} while it was being published`) };
  return { do: 'close', finding: finding('closed', `its execution ended ${status} without a report`) };
}

function ofRunning({ arrays, now }: RunFacts, finding: (did: SweepFinding['did'], why: string) => SweepFinding): SweepAction {
  const ended = arrays.filter(({ ended }) => ended);
  const [lost] = ended;
  if (lost) {
    const why = `array ${lost.array} of round ${lost.round} has ended, and nobody told the run`;
    return { do: 'wake', finding: finding('woke', why) };
  }
  const minutes = ({ submittedAt }: ArrayFacts): number => (submittedAt ? minutesBetween(submittedAt, now) : 0);
  const stuck = arrays.find((array) => array.waiting && minutes(array) >= CAPACITY_WITHIN_MINUTES);
  if (!stuck) return { do: 'leave' };
  const why = `array ${stuck.array} of round ${stuck.round} has waited for capacity for ${Math.round(minutes(stuck))} minutes`;
  return { do: 'tell', finding: finding('reported stuck', why) };
}
