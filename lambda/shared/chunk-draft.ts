import { OtherTextError, type TextPlace, type TextState, TextUpload } from '../../adapters/text-upload';
import type { Chunk } from '../../core/contracts';
import { ChunkLines, indexLines } from '../../core/plan/chunk-lines';
import type { MarksState } from '../../core/plan/marks';
import { createTaskCutter, type TaskCutter } from '../../core/plan/task-cuts';
import { StepFailure } from '../../core/step-failures';

export interface DraftState {
  readonly text: TextState;
  readonly marks: MarksState;
}

/** The chunk list of a plan in the making: written while it is made, and cut into tasks at its end. */
export class ChunkDraft {
  private readonly lines: ChunkLines;

  private constructor(
    private readonly text: TextUpload,
    private readonly cutter: TaskCutter,
  ) {
    this.lines = new ChunkLines(cutter);
  }

  static async open(place: TextPlace, state?: DraftState): Promise<ChunkDraft> {
    return new ChunkDraft(await TextUpload.open(place, state?.text), createTaskCutter(state?.marks));
  }

  async write(chunks: Iterable<Chunk>): Promise<void> {
    for (const chunk of chunks) {
      const piece = this.lines.add(chunk);
      if (piece !== undefined) await this.text.write(piece);
    }
  }

  get totals(): { readonly chunks: number; readonly work: number } {
    return this.cutter.totals;
  }

  async state(): Promise<DraftState> {
    await this.text.write(this.lines.rest());
    return { text: await this.text.state(), marks: this.cutter.state() };
  }

  /** Makes the list visible; one that is there already must be the same, since the same input makes the same plan. */
  async complete(): Promise<void> {
    await this.text.write(this.lines.rest());
    try {
      await this.text.complete();
    } catch (thrown) {
      if (!(thrown instanceof OtherTextError)) throw thrown;
      throw new StepFailure('CODE', `the run was planned before and came out otherwise: ${thrown.message}`);
    }
  }

  abort(): Promise<void> {
    return this.text.abort();
  }

  /** The index of so many tasks. */
  index(tasks: number): string {
    return [...indexLines(this.cutter.cut(tasks))].join('');
  }
}
