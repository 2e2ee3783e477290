import type { OpenRuns } from '../../adapters/ports';
import type { OpenMark } from '../../core/contracts';

/** Marks of open executions in memory. */
export class MemoryOpenRuns implements OpenRuns {
  readonly marks = new Map<string, OpenMark>();

  async add(mark: OpenMark): Promise<void> {
    this.marks.set(mark.execution, mark);
  }

  async *list(): AsyncIterable<OpenMark> {
    for (const execution of [...this.marks.keys()]) {
      const mark = this.marks.get(execution);
      if (mark) yield mark;
    }
  }

  async forget(execution: string): Promise<void> {
    this.marks.delete(execution);
  }
}
