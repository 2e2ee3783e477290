import { findJson } from '../adapters/json';
import type { ObjectStore } from '../adapters/ports';
import { SubmittedJob } from '../core/contracts';
import { jobIdKey } from '../core/keys';
import type { Log } from './log';
import type { TaskRef } from './task';

const parentOf = (jobId: string): string => jobId.split(':')[0] ?? jobId;

/**
 * Whether this task is of a second array, submitted by mistake: the fence then names the first, and the work is left to
 * it. While no job is named yet the worker goes on, since its submitter may have died before it could write the name
 * down, and looks again before each chunk; what two workers do of the same chunk is harmless, and at most a chunk's work.
 */
export class FenceWatch {
  private named: string | undefined;

  constructor(
    private readonly ref: TaskRef,
    private readonly deps: { readonly state: ObjectStore; readonly log: Log },
  ) {}

  /** As far as was seen at the last look. */
  get isOut(): boolean {
    return this.named !== undefined && this.named !== parentOf(this.ref.jobId);
  }

  /** Asks the ledger, until it has named a job once. */
  async look(): Promise<void> {
    if (this.named !== undefined) return;
    const { runId, round, array } = this.ref;
    this.named = (await findJson(this.deps.state, jobIdKey(runId, round, array), SubmittedJob))?.jobId;
    if (this.isOut) this.deps.log('stood down', { fenced: this.named });
  }
}
