import { collect } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { DriveRef } from '../../adapters/run-plan';
import { checkpointKey, checkpointsPrefix } from '../../core/keys';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../core/plan/checkpoint';

/** Another call works on the same plan and is further: it is to be followed. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

/** The checkpoints of one drive's plan, in order. */
export class Checkpoints {
  private constructor(
    private readonly state: ObjectStore,
    private readonly of: DriveRef,
    private count: number,
    /** Where the plan stands; undefined when nobody has come so far. */
    readonly last: Checkpoint | undefined,
  ) {}

  static async open(state: ObjectStore, of: DriveRef): Promise<Checkpoints> {
    const keys = await collect(state.list(checkpointsPrefix(of.runId, of.drive)));
    const last = keys.at(-1);
    return new Checkpoints(state, of, keys.length, last && decodeCheckpoint(await state.read(last.key)));
  }

  /** Writes the next one; `OvertakenError` when it is there already. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const key = checkpointKey(this.of.runId, this.count, this.of.drive);
    if (!(await this.state.createOnce(key, encodeCheckpoint(checkpoint)))) {
      throw new OvertakenError(`${key} was written by another call`);
    }
    this.count++;
  }
}
