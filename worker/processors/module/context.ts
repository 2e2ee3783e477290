import type { ChunkContext, RecordContext } from '../../processor';
import type { ReadRecord } from '../../rows/records';

/** What one try of one record is told. A signal of its own is made only when asked for, which most never do. */
export class TryContext implements RecordContext {
  private own: AbortController | undefined;
  private both: AbortSignal | undefined;

  constructor(
    private readonly chunk: ChunkContext,
    private readonly from: ReadRecord,
    readonly attempt: number,
  ) {}

  get record(): number {
    return this.from.number;
  }

  get offset(): number {
    return this.from.offset;
  }

  get object(): RecordContext['object'] {
    return this.from.source.object;
  }

  get count(): ChunkContext['count'] {
    return this.chunk.count;
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
