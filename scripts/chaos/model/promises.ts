import { quarantinedRecords } from '../../../adapters/quarantined';
import { type Decision, type Delivery, type Drive, type Marker, type Plan, type Redrive, rawBytesOf } from '../../../core/contracts';
import {
  abortKey,
  decisionKey,
  deliveryKey,
  driveKey,
  markersPrefix,
  planKey,
  reportKey,
  roundsPrefix,
  runPrefix,
} from '../../../core/keys';
import type { Report } from '../../../core/report/report-contract';
import type { MemoryObjectStore } from '../../../test/support/memory-store';
import { publishedDrive, type Reader, Violation } from './reader';

/** What the state bucket says of a run in the end. */
export interface Ledger {
  readonly markers: readonly Marker[];
  readonly drives: readonly Drive[];
  /** One for each drive that was decided. */
  readonly decisions: readonly (Decision & { readonly drive: number })[];
  readonly deliveries: readonly Delivery[];
  /** Of the newest drive. */
  readonly report?: Report;
  /** Whether chunks of the plan that its drives go on with are committed. */
  readonly isBound: boolean;
  readonly isAborted: boolean;
  /** Ids of the jobs that are written down. */
  readonly jobs: readonly string[];
}

/** Reads without checking: whoever wrote it has, and schedules are many. */
export const readAs = <Thing>(state: MemoryObjectStore, key: string): Thing => JSON.parse(state.text(key)) as Thing;

const findAs = <Thing>(state: MemoryObjectStore, key: string): Thing | undefined =>
  state.has(key) ? readAs<Thing>(state, key) : undefined;

function drivesOf(state: MemoryObjectStore, runId: string): readonly Drive[] {
  const drives: Drive[] = [];
  for (let n = 1; state.has(driveKey(runId, n)); n++) drives.push(readAs<Drive>(state, driveKey(runId, n)));
  return drives;
}

export function ledgerOf(state: MemoryObjectStore, runId: string): Ledger {
  const drives = drivesOf(state, runId);
  const numbers = [0, ...drives.flatMap(({ kind, drive }) => (kind === 'redrive' ? [drive] : []))];
  return {
    drives,
    markers: state
      .keys(runPrefix(runId))
      .filter((key) => key.includes('/commits/'))
      .map((key) => readAs<Marker>(state, key)),
    decisions: numbers.flatMap((drive) => {
      const decision = findAs<Decision>(state, decisionKey(runId, drive));
      return decision ? [{ ...decision, drive }] : [];
    }),
    deliveries: numbers.flatMap((n) => findAs<Delivery>(state, deliveryKey(runId, n)) ?? []),
    report: findAs<Report>(state, reportKey(runId, numbers.at(-1))),
    isBound: !drives.some((one) => one.kind === 'redrive' && one.plannedIn > 0) && state.keys(markersPrefix(runId)).length > 0,
    isAborted: numbers.some((n) => state.has(abortKey(runId, n))),
    jobs: state
      .keys(roundsPrefix(runId))
      .filter((key) => key.endsWith('.job.json'))
      .map((key) => readAs<{ readonly jobId: string }>(state, key).jobId),
  };
}

/** Of two jobs for one array only the one that the ledger names works, once it names one. */
export function assertOneArray({ markers }: Ledger, strangers: ReadonlySet<string>): void {
  const stranger = markers.map(({ attempt }) => `${attempt.jobId}#${attempt.attempt}`).find((actor) => strangers.has(actor));
  if (stranger) throw new Violation(`${stranger} worked although the ledger names another job`);
}

/** Where no byte was damaged on its way, nothing may be found damaged in the end. */
export function assertIntact({ decisions, deliveries }: Ledger): void {
  const failure = deliveries.find((delivery) => delivery.failure)?.failure;
  if (failure) throw new Violation(`parts were lost that the run had committed: ${failure.message}`);
  const bad = decisions.find(({ reconciliation }) => reconciliation.verdict === 'MISMATCH');
  if (!bad) return;
  throw new Violation(`books that cannot balance: ${JSON.stringify(bad.reconciliation.checks.find(({ ok }) => !ok))}`);
}

/** A drive that was stopped before its first Commit began is not published. */
export function assertStopped({ decisions }: Ledger, stopped: ReadonlySet<number>): void {
  const published = decisions.find(({ drive, decision }) => decision === 'publish' && stopped.has(drive));
  if (published) throw new Violation(`drive ${published.drive} is published, though it was aborted before it was decided`);
}

/** What is around a run that has come to its end for now. */
export interface Surroundings {
  readonly reader: Reader;
  readonly ledger: Ledger;
  /** Names of executions that are under way, of marks that are open, of jobs that have not ended. */
  readonly running: readonly string[];
  readonly marks: readonly string[];
  readonly jobs: readonly string[];
}

/** What must hold whenever every event has come, every sweep has swept and nobody has a step to take. */
export function assertEnded({ reader, ledger, running, marks, jobs }: Surroundings): void {
  if (running.length > 0) throw new Violation(`nobody goes on with the execution ${running.join(', ')}`);
  if (!ledger.report)
    throw new Violation(`the run has ended and there is no report${ledger.decisions.length > 0 ? '' : ', nor a decision'}`);
  if (marks.length > 0) throw new Violation(`a mark stays open: ${marks.join(', ')}`);
  const alive = jobs.filter((job) => ledger.jobs.includes(job));
  if (alive.length > 0) throw new Violation(`${alive.join(', ')} goes on though the run has ended`);
  assertReported(reader, ledger.report);
}

function assertReported(reader: Reader, report: Report): void {
  const isGood = report.status === 'SUCCEEDED';
  if (isGood !== reader.isPublished) throw new Violation(`reported as ${report.status}, published: ${reader.isPublished}`);
  if (!isGood && reader.visible.length > 0) throw new Violation(`reported as ${report.status}, visible: ${reader.visible.join(', ')}`);
}

/** The records that are missing are those of the quarantine, and no more than the config of the deciding drive allows. */
export async function assertQuarantined(
  state: MemoryObjectStore,
  { runId, reader, records }: { readonly runId: string; readonly reader: Reader; readonly records: readonly string[] },
): Promise<readonly string[]> {
  const drive = publishedDrive(state, runId) ?? 0;
  const found = new Set(reader.published());
  const missing = records.filter((record) => !found.has(record));
  const listed: string[] = [];
  for await (const record of quarantinedRecords(state, { runId, drive })) listed.push(rawBytesOf(record).toString());
  if (listed.join() !== missing.join()) throw new Violation(`not published: ${missing.join(', ')}; in quarantine: ${listed.join(', ')}`);
  if (missing.length > 0 && skipLimitOf(state, runId, drive) === 0) throw new Violation(`${missing.length} records skipped, none may be`);
  return missing;
}

function skipLimitOf(state: MemoryObjectStore, runId: string, drive: number): number | string {
  const { config } = drive === 0 ? readAs<Plan>(state, planKey(runId)) : readAs<Redrive>(state, driveKey(runId, drive));
  return config.spec.errors.skipLimit;
}
