import { collect } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import { checkpointKey, checkpointsPrefix } from '../../core/keys';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../core/plan/checkpoint';

/** Another call works on the same plan and is further: it is to be followed. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

/** The checkpoints of one plan, in order. */
export class Checkpoints {
  private constructor(
    private readonly state: ObjectStore,
    private readonly runId: string,
    private count: number,
    /** Where the plan stands; undefined when nobody has come so far. */
    readonly last: Checkpoint | undefined,
  ) {}

  static async open(state: ObjectStore, runId: string): Promise<Checkpoints> {
    const keys = await collect(state.list(checkpointsPrefix(runId)));
    const last = keys.at(-1);
    return new Checkpoints(state, runId, keys.length, last && decodeCheckpoint(await state.read(last.key)));
  }

  /** Writes the next one; `OvertakenError` when it is there already. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const key = checkpointKey(this.runId, this.count);
    if (!(await this.state.createOnce(key, encodeCheckpoint(checkpoint)))) {
      throw new OvertakenError(`${key} was written by another call`);
    }
    this.count++;
  }
}
