import type { ReadRecord } from '../rows/records';
import { TextPlace, TextRecord } from '../rows/text';
import type { TextSource } from '../work';

/** Where a record stands: all that is needed to set it aside, or to say how far a program has come. */
export type Place = Pick<ReadRecord, 'source' | 'offset' | 'number' | 'raw'>;

/** Records that were asked about together. */
interface Batch {
  readonly size: number;
  place(index: number): Place;
}

/** Numbers that tell where a record of a text stands: its own, and its first and last byte. */
const FIELDS = 3;

/** A program may let all records of a chunk wait, so those of a text take twelve bytes each. */
class TextBatch implements Batch {
  readonly size: number;
  private readonly fields: Int32Array;

  constructor(
    private readonly source: TextSource,
    records: readonly TextRecord[],
  ) {
    this.size = records.length;
    this.fields = new Int32Array(FIELDS * records.length);
    let at = 0;
    for (const { number, start, end } of records) {
      this.fields[at++] = number;
      this.fields[at++] = start;
      this.fields[at++] = end;
    }
  }

  place(index: number): Place {
    const [number = 0, start = 0, end = 0] = this.fields.subarray(FIELDS * index, FIELDS * (index + 1));
    return new TextPlace(this.source, number, start, end);
  }
}

/** Other records wait without their values. */
class PlaceBatch implements Batch {
  readonly size: number;
  private readonly places: readonly Place[];

  constructor(records: readonly ReadRecord[]) {
    this.size = records.length;
    this.places = records.map(({ source, offset, number, raw }) => ({ source, offset, number, raw }));
  }

  place(index: number): Place {
    return this.places[index] as Place;
  }
}

const isText = (record: ReadRecord): record is TextRecord => record instanceof TextRecord;

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

  /** Takes records of one source. */
  push(records: readonly ReadRecord[]): void {
    const [first] = records;
    if (!first) return;
    this.size += records.length;
    this.batches.push(isText(first) ? new TextBatch(first.source, records as readonly TextRecord[]) : new PlaceBatch(records));
  }

  /** Goes on to the next record; false when none waits. */
  next(): boolean {
    if (this.size === 0) return false;
    this.size -= 1;
    this.index += 1;
    if (this.index < this.batch.size) return true;
    this.batch = this.batches.shift() ?? NONE;
    this.index = 0;
    return true;
  }

  /** The place of the record that `next` went to last. */
  place(): Place {
    return this.batch.place(this.index);
  }
}
