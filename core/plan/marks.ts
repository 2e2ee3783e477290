/** Boundaries between chunks: the work done, and the bytes of the chunk list written, up to each. */
export interface Marks {
  readonly sums: ArrayLike<number>;
  readonly offsets: ArrayLike<number>;
}

/** Everything a list of marks remembers. */
export interface MarksState extends Marks {
  readonly grain: number;
  readonly chunks: number;
  readonly work: number;
  readonly bytes: number;
}

const FIRST_CAPACITY = 1024;

class MarkList {
  private sums = new Float64Array(FIRST_CAPACITY);
  private offsets = new Float64Array(FIRST_CAPACITY);
  private count = 0;
  /** Work between marks at least; it grows with the total. */
  private grain = 0;
  private chunks = 0;
  private work = 0;
  private bytes = 0;

  constructor(
    private readonly most: number,
    state?: MarksState,
  ) {
    if (!state) return;
    for (let i = 0; i < state.sums.length; i++) this.keep(state.sums[i] ?? 0, state.offsets[i] ?? 0);
    this.grain = state.grain;
    this.chunks = state.chunks;
    this.work = state.work;
    this.bytes = state.bytes;
  }

  get totals() {
    return { chunks: this.chunks, work: this.work, bytes: this.bytes };
  }

  add(work: number, bytes: number): void {
    if (!Number.isSafeInteger(work) || work < 0) throw new RangeError(`work of ${work}, expected a whole number from 0 on`);
    this.chunks++;
    this.work += work;
    this.bytes += bytes;
    if (this.work - (this.sums[this.count - 1] ?? 0) >= this.grain) this.keep(this.work, this.bytes);
    if (this.count >= this.most) this.coarsen();
  }

  /** The marks, the end of the last chunk always among them. */
  all(): Marks {
    const ended = this.chunks === 0 || this.offsets[this.count - 1] === this.bytes;
    const length = this.count + (ended ? 0 : 1);
    const [sums, offsets] = [new Float64Array(length), new Float64Array(length)];
    sums.fill(this.work).set(this.sums.subarray(0, this.count));
    offsets.fill(this.bytes).set(this.offsets.subarray(0, this.count));
    return { sums, offsets };
  }

  state(): MarksState {
    const [sums, offsets] = [this.sums.slice(0, this.count), this.offsets.slice(0, this.count)];
    return { sums, offsets, grain: this.grain, chunks: this.chunks, work: this.work, bytes: this.bytes };
  }

  private keep(sum: number, offset: number): void {
    if (this.count === this.sums.length) {
      this.sums = doubled(this.sums);
      this.offsets = doubled(this.offsets);
    }
    this.sums[this.count] = sum;
    this.offsets[this.count] = offset;
    this.count++;
  }

  /** Leaves at most half of the marks. */
  private coarsen(): void {
    this.grain = Math.max(1, Math.ceil((2 * this.work) / this.most));
    const { sums, offsets, count } = this;
    this.count = 0;
    let last = 0;
    for (let i = 0; i < count; i++) {
      if ((sums[i] as number) - last < this.grain) continue;
      last = sums[i] as number;
      this.keep(last, offsets[i] as number);
    }
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Marks that never number more than `most`: they grow coarser instead. */
export const markList = (most: number, state?: MarksState): MarkList => new MarkList(most, state);
