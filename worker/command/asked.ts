import type { Fault } from '../../core/fault';
import { dialectOf } from '../../core/records';
import { type Batches, type Reading, type ReadRecord, readingOf, recordsOf, timed } from '../rows/records';
import type { JsonLines } from '../rows/serialize-json';
import { columnNames, TextBatches } from '../rows/text';
import { Transcoder } from '../simd/transcode';
import type { ChunkWork, Source, TextSource } from '../work';
import { type Batch, type Place, PlaceBatch, TextBatch } from './waiting';

/** Records that a program is asked about together. */
export interface Asked {
  readonly batch: Batch;
  /** The records that it never sees. */
  readonly bad: readonly { readonly place: Place; readonly fault: Fault }[];
}

/** Writes every record of a chunk into `lines` as a program is given it; whoever is told of a batch takes its lines. */
export async function* askedBatches(work: ChunkWork, lines: JsonLines): AsyncGenerator<Asked> {
  const reading = readingOf(work, false);
  for (const source of work.sources) {
    yield* timed(batchesOf(reading, source, lines), work.meter, ({ batch, bad }) => batch.size + bad.length);
  }
}

function batchesOf(reading: Reading, source: Source, lines: JsonLines): Batches<Asked> {
  return source.kind === 'text' ? textBatches(reading, source, lines) : otherBatches(recordsOf(reading, source), lines);
}

/** Records of a text are written straight from its bytes where nobody needs to know more of them. */
function* textBatches(reading: Reading, source: TextSource, lines: JsonLines): Generator<Asked> {
  const batches = new TextBatches(reading, source);
  const transcoder = batches.isText ? transcoderOf(reading.work, source) : undefined;
  const { bytes } = source;
  for (let count = batches.next(); count > 0; count = batches.next()) {
    const asked = new AskedText(source, batches, lines);
    transcoder?.load({ bytes, starts: batches.starts, ends: batches.ends, count });
    for (let i = 0; i < count; ) {
      const plain = transcoder?.write(i);
      if (plain && plain.next > i) i = asked.addLines(i, plain);
      else asked.addRecord(i++);
    }
    yield asked;
  }
  transcoder?.close();
}

/** One batch of a text, as far as it is asked about. */
class AskedText implements Asked {
  readonly batch: TextBatch;
  readonly bad: Asked['bad'][number][] = [];

  constructor(
    source: TextSource,
    private readonly batches: TextBatches,
    private readonly lines: JsonLines,
  ) {
    this.batch = new TextBatch(source, batches.count);
  }

  /** Takes the lines of the records [index, next); answers the latter. */
  addLines(index: number, { next, lines }: ReturnType<Transcoder['write']>): number {
    this.lines.addLines(lines);
    for (let i = index; i < next; i += 1) this.add(i);
    return next;
  }

  addRecord(index: number): void {
    const place = this.batches.record(index);
    if (place.fault) this.bad.push({ place, fault: place.fault });
    else {
      this.lines.add(place.value ?? {});
      this.add(index);
    }
  }

  private add(index: number): void {
    const { first, starts, ends } = this.batches;
    this.batch.add(first + index, starts[index] as number, ends[index] as number);
  }
}

/** Where no schema says anything of the records. */
function transcoderOf({ config }: ChunkWork, source: TextSource): Transcoder | undefined {
  const dialect = dialectOf(config.spec.input);
  return dialect && !config.schemas.input ? Transcoder.of(columnNames(source, dialect, undefined), dialect) : undefined;
}

async function* otherBatches(batches: Batches<readonly ReadRecord[]>, lines: JsonLines): AsyncGenerator<Asked> {
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    const good = next.value.filter(({ fault }) => !fault);
    for (const { value } of good) lines.add(value ?? {});
    yield { batch: new PlaceBatch(good), bad: next.value.flatMap((place) => (place.fault ? [{ place, fault: place.fault }] : [])) };
  }
}
