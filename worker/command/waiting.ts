import type { ReadRecord } from '../rows/records';
import { TextPlace } from '../rows/text-place';
import type { TextSource } from '../work';

/** Where a record stands: all that is needed to set it aside, or to say how far a program has come. */
export type Place = Pick<ReadRecord, 'source' | 'offset' | 'number' | 'kept'>;

/** Records that a program is asked about together. */
export interface Batch {
  readonly size: number;
  place(index: number): Place;
}

/** Numbers that tell where a record of a text stands: its own, and its first and last byte. */
const FIELDS = 3;

/** A program may let all records of a chunk wait, so those of a text take twelve bytes each. */
export class TextBatch implements Batch {
  size = 0;
  private readonly fields: Int32Array;

  constructor(
    private readonly source: TextSource,
    capacity: number,
  ) {
    this.fields = new Int32Array(FIELDS * capacity);
  }

  /** Takes the record of this number, whose bytes are `[start, end)` of the source. */
  add(number: number, start: number, end: number): void {
    const at = FIELDS * this.size;
    this.fields[at] = number;
    this.fields[at + 1] = start;
    this.fields[at + 2] = end;
    this.size += 1;
  }

  place(index: number): Place {
    const [number = 0, start = 0, end = 0] = this.fields.subarray(FIELDS * index, FIELDS * (index + 1));
    return new TextPlace(this.source, number, start, end);
  }
}

/** Other records wait without their values. */
export class PlaceBatch implements Batch {
  readonly size: number;
  private readonly places: readonly Place[];

  constructor(records: readonly ReadRecord[]) {
    this.size = records.length;
    this.places = records.map(({ source, offset, number, kept }) => ({ source, offset, number, kept }));
  }

  place(index: number): Place {
    return this.places[index] as Place;
  }
}

const NONE: Batch = {
  size: 0,
  place() {
    throw new RangeError('no record was taken');
  },
};

/** Records that wait for their answers, in order: few objects, however many they are. */
export class Waiting {
  private readonly batches: Batch[] = [];
  private batch = NONE;
  private index = -1;
  size = 0;

  push(batch: Batch): void {
    if (batch.size === 0) return;
    this.size += batch.size;
    this.batches.push(batch);
  }

  /** Goes on to the next record, or over so many; false when not so many wait. */
  next(records = 1): boolean {
    if (this.size < records) return false;
    this.size -= records;
    this.index += records;
    while (this.index >= this.batch.size) {
      this.index -= this.batch.size;
      this.batch = this.batches.shift() ?? NONE;
    }
    return true;
  }

  /** The place of the record that `next` went to last. */
  place(): Place {
    return this.batch.place(this.index);
  }
}
