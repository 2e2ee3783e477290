import type { ChunkContext, RecordContext } from '../../processor';
import type { ReadRecord } from '../../rows/records';

/** What one try of one record is told. A signal of its own is made only when asked for, which most never do. */
export class TryContext implements RecordContext {
  readonly record: number;
  readonly object: RecordContext['object'];
  readonly count: ChunkContext['count'];
  private own: AbortController | undefined;
  private both: AbortSignal | undefined;

  constructor(
    private readonly chunk: ChunkContext,
    private readonly from: ReadRecord,
    readonly attempt: number,
  ) {
    this.record = from.number;
    this.object = from.source.object;
    this.count = chunk.count;
  }

  get offset(): number {
    return this.from.offset;
  }

  get signal(): AbortSignal {
    this.own ??= new AbortController();
    this.both ??= AbortSignal.any([this.chunk.signal, this.own.signal]);
    return this.both;
  }

  /** Its time is up. */
  expire(reason: Error): void {
    this.own ??= new AbortController();
    this.own.abort(reason);
  }
}
