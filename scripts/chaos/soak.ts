import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import { reportKey } from '../../core/keys';
import { runIdOf } from '../../core/run-id';
import { between, randomOf } from '../random';
import type { ChaosCloud } from './cloud';
import { inputFile, requestOf } from './files';
import { type Losses, lossesOf } from './losses';
import { CALM } from './mix';
import { requestRun, requestSweep } from './upkeep';
import { type Drop, type Verdict, verdictOf } from './verify';

export interface SoakOptions {
  readonly seed: number;
  /** Runs to drop at most. */
  readonly runs: number;
  /** No run is dropped after this. */
  readonly seconds: number;
  readonly concurrency: number;
  /** Seconds between kills of the whole cloud; none when absent. */
  readonly killEvery?: number;
  readonly told: (verdict: JudgedRun, judged: number) => void;
  readonly notice: (line: string) => void;
}

export interface JudgedRun extends Verdict {
  readonly losses: Losses;
  /** From the drop to the end that was seen. */
  readonly seconds: number;
}

const LOOK_EVERY_MS = 200;
/** When nothing has ended for so long, faults are turned off and the cloud is started again: what can go on does. */
const STILL_MS = 60_000;
/** Far more often than the schedule, for the sake of runs whose event was dropped. */
const SWEEP_EVERY_MS = 20_000;
/** After that, what has not ended never will. */
const PATIENCE_MS = 300_000;

const NO_LOSSES: Losses = { attempts: 0, seconds: 0 };

/** Drops many files at a cloud under faults, several at a time, and judges every run as it ends. */
export class Soak {
  private readonly open = new Map<string, Drop>();
  private readonly judged: JudgedRun[] = [];
  private readonly random: () => number;
  private readonly begun = Date.now();
  private dropped = 0;
  private lastEnd = Date.now();
  private nextKill: number;
  private nextSweep = Date.now() + SWEEP_EVERY_MS;

  constructor(
    private readonly cloud: ChaosCloud,
    private readonly options: SoakOptions,
  ) {
    this.random = randomOf(options.seed);
    this.nextKill = this.killAfter(Date.now());
  }

  /** Everything dropped, judged. */
  async run(): Promise<readonly JudgedRun[]> {
    while (this.dropping() || this.open.size > 0) {
      if (Date.now() > this.nextKill) await this.killCloud();
      while (this.dropping() && this.open.size < this.options.concurrency) await this.drop();
      await this.look();
      await this.sweep();
      if (!this.dropping() && Date.now() - this.lastEnd > STILL_MS) break;
      await sleep(LOOK_EVERY_MS);
    }
    if (this.open.size > 0) await this.calmDown();
    return this.judged;
  }

  private dropping(): boolean {
    return this.dropped < this.options.runs && Date.now() - this.begun < this.options.seconds * 1000;
  }

  private async drop(): Promise<void> {
    this.dropped += 1;
    const n = this.dropped;
    const request = requestOf(n);
    const { job, namedTwice } = request;
    const { key, body, expected } = inputFile(request, this.options.seed, n);
    const { input } = this.cloud.buckets;
    const { VersionId: versionId = '' } = await this.cloud.clients.s3.send(new PutObjectCommand({ Bucket: input, Key: key, Body: body }));
    const object = { bucket: input, key, versionId };
    if (namedTwice) await requestRun(this.cloud, job, [object, object]);
    const runId = runIdOf(job, [object]);
    this.open.set(runId, { n, job, runId, droppedAt: Date.now(), expected });
  }

  private async look(): Promise<void> {
    for (const drop of [...this.open.values()]) {
      // An execution that ended without a report is concluded by another one, which a sweep starts.
      const isReported = existsSync(this.cloud.file('state', reportKey(drop.runId)));
      if (isReported && (await this.hasEnded(drop.runId))) await this.judge(drop);
    }
  }

  private async hasEnded(runId: string): Promise<boolean> {
    const executionArn = `${this.cloud.stateMachineArn.replace(':stateMachine:', ':execution:')}:${runId}`;
    try {
      const { status } = await this.cloud.clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
      return status !== 'RUNNING';
    } catch (thrown) {
      if (thrown instanceof ExecutionDoesNotExist) return false;
      throw thrown;
    }
  }

  private async judge(drop: Drop): Promise<void> {
    const verdict = await verdictOf(drop, this.cloud);
    const losses = verdict.report ? await lossesOf(drop.runId, verdict.report, this.cloud) : NO_LOSSES;
    this.end({ ...verdict, losses, seconds: (Date.now() - drop.droppedAt) / 1000 });
  }

  private end(run: JudgedRun): void {
    this.open.delete(run.drop.runId);
    this.lastEnd = Date.now();
    this.judged.push(run);
    this.options.told(run, this.judged.length);
  }

  private async sweep(): Promise<void> {
    if (Date.now() < this.nextSweep) return;
    this.nextSweep = Date.now() + SWEEP_EVERY_MS;
    await requestSweep(this.cloud);
  }

  private killAfter(now: number): number {
    const { killEvery } = this.options;
    return killEvery === undefined ? Number.POSITIVE_INFINITY : now + between(this.random, 500, 1500) * killEvery;
  }

  private async killCloud(): Promise<void> {
    this.options.notice(`the cloud is killed with ${this.open.size} runs open, and started again`);
    await this.cloud.restart();
    this.nextKill = this.killAfter(Date.now());
  }

  /** What no fault holds up any more must come to an end now. */
  private async calmDown(): Promise<void> {
    this.options.notice(`no run has ended for ${STILL_MS / 1000} s: faults are turned off, ${this.open.size} runs are open`);
    await this.cloud.restart(CALM);
    const deadline = Date.now() + PATIENCE_MS;
    while (this.open.size > 0 && Date.now() < deadline) {
      await this.look();
      await this.sweep();
      await sleep(LOOK_EVERY_MS);
    }
    for (const drop of [...this.open.values()]) {
      const seconds = (Date.now() - drop.droppedAt) / 1000;
      this.end({ drop, outcome: 'violated', violations: ['never ended'], losses: NO_LOSSES, seconds });
    }
  }
}
