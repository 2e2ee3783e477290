import { readLocal } from './text-windows';

/** A place of a local text whose origin in the object is known. */
export interface Mark {
  readonly place: number;
  readonly offset: number;
}

/** Measures how far places of a local text lie behind the marks before them, in one pass where they are asked for in order. */
export class Marks {
  private last = { mark: -1, place: 0, measured: 0 };

  /** `measure` adds up over neighbouring bytes that begin at lines. */
  constructor(
    private readonly file: string,
    private readonly marks: readonly Mark[],
    private readonly measure: (bytes: Buffer) => number,
  ) {}

  /** The offset of the mark before a place, and what was measured from there to the place. */
  find(place: number): { readonly offset: number; readonly measured: number } {
    const mark = this.markBefore(place);
    const at = this.marks[mark] ?? { place: 0, offset: 0 };
    const from = mark === this.last.mark && place >= this.last.place ? this.last : { mark, place: at.place, measured: 0 };
    const measured = from.measured + this.measure(readLocal(this.file, { start: from.place, end: place }));
    this.last = { mark, place, measured };
    return { offset: at.offset, measured };
  }

  private markBefore(place: number): number {
    let [low, high] = [0, this.marks.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.marks[middle]?.place ?? 0) <= place) low = middle;
      else high = middle;
    }
    return low;
  }
}
