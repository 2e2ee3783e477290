import path from 'node:path';
import { version as duckdbVersion } from '@duckdb/node-api';
import { createJson } from '../adapters/json';
import { Tally } from '../adapters/tally';
import type { Complaint, Fence, Measures, Plan } from '../core/contracts';
import type { FailureClass } from '../core/failures';
import { complaintKey, messageKey, quarantineKey } from '../core/keys';
import { type DoneChunk, expectedSeconds, fits } from '../core/work/deadline';
import { blameOf, leaveOutline } from './bisect/outline';
import { ByteBudget, inputBudgetBytes } from './budget';
import { type Fetched, type Processed, processChunk } from './chunk';
import { deliverChunk } from './deliver';
import { lastAnswerOf, leaveMessage, SkipLimitFailure, StoppedError } from './failures';
import type { FenceWatch } from './fence';
import { fetchInput } from './fetch/chunk';
import { watched } from './fetch/watched-store';
import { Memory } from './memory';
import { samplePeakRss, type Usage, usageBetween, usageNow } from './meter';
import type { Stages } from './pipeline';
import { closeScratch, emptyBut, openScratch } from './scratch';
import { lookupTables } from './sql/lookups';
import { GRACE_SECONDS, Stop, unlessStopped } from './stop';
import type { TaskDeps, TaskRef } from './task';
import type { Turn } from './turn';
import { filesOf } from './work';

/** Kept of the grace for the upload of a chunk whose processing was nearly done. */
const UPLOAD_GRACE_SECONDS = 4;

export interface StageDeps extends TaskDeps {
  readonly ref: TaskRef;
  readonly fence: Fence;
  readonly fenceWatch: FenceWatch;
  readonly plan: Plan;
  /** Whether any chunk of the task has failed in an earlier round. */
  readonly hasFailures: boolean;
}

/** What fetching, processing and delivering a chunk mean. */
export class ChunkStages implements Stages<Turn, Fetched, Processed> {
  readonly failures: FailureClass[] = [];
  /** Set once a chunk failed for good, and the run with it. */
  private isHopeless = false;
  private readonly budget: ByteBudget;
  private readonly memory = new Memory();
  private readonly done = new Map<Turn, DoneChunk>();
  private usage: Usage = usageNow();
  private turnBegan = performance.now();

  private readonly stop: Stop;
  private readonly retries: NonNullable<TaskDeps['retries']>;
  private readonly secondsLeft: () => number;
  private readonly lookups: Fetched['lookups'];

  constructor(private readonly deps: StageDeps) {
    this.stop = new Stop(deps.signal);
    this.retries = deps.retries ?? { input: new Tally(), output: new Tally() };
    this.secondsLeft = deps.secondsLeft ?? (() => Number.POSITIVE_INFINITY);
    this.lookups = lookupTables({ ...deps, folder: path.join(deps.scratch, 'lookups') });
    this.budget = new ByteBudget(inputBudgetBytes(deps.fence.array.profile.memoryMiB));
  }

  /** No new chunk when the platform wants the process to end, when it is another's, when none can succeed, or when it could not be done in time. */
  mayBegin({ bytes }: Turn): boolean {
    const { signal, fenceWatch } = this.deps;
    if (signal.aborted || fenceWatch.isOut || this.isHopeless || this.failures.includes('CONFIG')) return false;
    return fits(this.secondsLeft(), bytes, [...this.done.values()]);
  }

  /** A task that died is charged to its first chunk without a marker: where chunks have failed before, that must be the one at fault. */
  isAlone(): boolean {
    return this.deps.hasFailures;
  }

  async fetch(turn: Turn): Promise<Fetched> {
    await this.deps.fenceWatch.look();
    turn.giveBack = await this.budget.take(turn.bytes);
    const stop = this.stop.stage(() => false);
    const before = this.retries.input.count;
    try {
      return await turn.meter.time('fetch', () => this.fetchInto(turn, stop.signal));
    } finally {
      turn.retries += this.retries.input.count - before;
      stop.release();
    }
  }

  private async fetchInto(turn: Turn, signal: AbortSignal): Promise<Fetched> {
    const { plan, fence, jobsFolder, childEnvironment, log, input } = this.deps;
    const { chunk, meter } = turn;
    const scratch = this.scratchOf(turn);
    turn.lease = this.memory.lease();
    await openScratch(scratch, turn.bytes);
    const fetched = await fetchInput(watched(input, signal, meter), plan, { chunk, scratch, meter, memory: turn.lease.take });
    const { config } = plan;
    const { lookups } = this;
    return { chunk, ...fetched, lookups, scratch, config, profile: fence.array.profile, jobsFolder, childEnvironment, log, meter, signal };
  }

  async process(turn: Turn, fetched: Fetched): Promise<Processed> {
    const stop = this.stop.stage(() => this.isNearlyDone(turn));
    const peak = samplePeakRss();
    this.turnBegan = performance.now();
    try {
      const { signal } = stop;
      const { ref, plan } = this.deps;
      await leaveOutline(fetched, { ...this.deps, writer: turn.writer, attempt: this.attempt });
      const processing = processChunk({ ...fetched, signal }, { attempt: ref.attempt, runBytes: plan.bytes, columns: plan.columns });
      const processed = await unlessStopped(signal, processing);
      const kept = [...filesOf(processed.outcome), ...processed.quarantine.files];
      await emptyBut(fetched.scratch, kept);
      // Only of a chunk that is done is it certain that nobody reads on.
      turn.lease?.giveBack();
      return processed;
    } catch (thrown) {
      turn.blame = blameOf(thrown, fetched);
      throw thrown;
    } finally {
      turn.giveBack();
      stop.release();
      this.measure(turn, peak.stop());
    }
  }

  private measure(turn: Turn, peakRssBytes: number): void {
    const now = usageNow();
    turn.measured = { ...usageBetween(this.usage, now), peakRssBytes };
    this.usage = now;
    this.paced(turn, (performance.now() - this.turnBegan) / 1000);
  }

  /** The slowest stage sets the pace. */
  private paced(turn: Turn, seconds: number): void {
    this.done.set(turn, { bytes: turn.bytes, seconds: Math.max(seconds, turn.meter.seconds('fetch'), turn.meter.seconds('upload')) });
  }

  /** Whether a chunk will be processed, going by those before it, with time left to upload it. */
  private isNearlyDone({ bytes }: Turn): boolean {
    const expected = expectedSeconds([...this.done.values()], bytes);
    const spent = (performance.now() - this.turnBegan) / 1000;
    return expected !== undefined && expected - spent <= GRACE_SECONDS - UPLOAD_GRACE_SECONDS;
  }

  async deliver(turn: Turn, processed: Processed): Promise<void> {
    const { plan, state, output, now, log } = this.deps;
    const stop = this.stop.stage(() => true);
    const before = this.retries.output.count;
    const measures = (): Omit<Measures, 'stages'> => ({
      ...turn.measured,
      retries: turn.retries + this.retries.output.count - before,
      engine: { node: process.version, duckdb: duckdbVersion() },
    });
    try {
      const { signal } = stop;
      const deps = { plan, state, output, now, signal, measures, writer: turn.writer, attempt: this.attempt };
      const won = await deliverChunk(processed, deps);
      this.paced(turn, this.done.get(turn)?.seconds ?? 0);
      log(won ? 'chunk committed' : 'chunk was committed by another worker', { chunk: turn.chunk.id });
    } finally {
      stop.release();
    }
  }

  /** Writes down why a chunk failed; one that was given up because the worker must end has not. */
  async failed({ chunk, writer, blame }: Turn, thrown: unknown): Promise<void> {
    if (thrown instanceof StoppedError || this.deps.signal.aborted) return;
    const { ref, state, log } = this.deps;
    const failure = await leaveMessage(thrown, messageKey(ref.runId, ref.round, chunk.id, writer), state);
    log('chunk failed', { chunk: chunk.id, class: failure.class });
    const known = { ...lastAnswerOf(thrown), ...(blame && { blame }) };
    const complaint: Complaint = { schema: 'complaint.v1', chunk: chunk.id, attempt: this.attempt, failure, ...known };
    await createJson(state, complaintKey(ref.runId, ref.round, chunk.id, writer), complaint);
    this.failures.push(failure.class);
    this.isHopeless ||= failure.final === true;
    if (thrown instanceof SkipLimitFailure) await state.createOnce(quarantineKey(ref.runId, chunk.id, writer), thrown.quarantine.body());
  }

  async end(turn: Turn): Promise<void> {
    turn.giveBack();
    await closeScratch(this.scratchOf(turn));
  }

  /** No stage is under way any more. */
  close(): void {
    this.stop.release();
  }

  private scratchOf({ writer }: Turn): string {
    return path.join(this.deps.scratch, writer);
  }

  private get attempt(): Complaint['attempt'] {
    const { round, array, index: task, jobId, attempt } = this.deps.ref;
    return { round, array, task, jobId, attempt };
  }
}
