import type { OpenRuns } from '../../adapters/ports';
import type { OpenMark } from '../../core/contracts';

/** Marks of open executions in memory. */
export class MemoryOpenRuns implements OpenRuns {
  readonly marks = new Map<string, OpenMark>();

  async add(mark: OpenMark): Promise<void> {
    this.marks.set(mark.execution, mark);
  }

  async *list(): AsyncIterable<OpenMark> {
    yield* [...this.marks.values()];
  }

  async forget(execution: string): Promise<void> {
    this.marks.delete(execution);
  }
}
