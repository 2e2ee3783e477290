import { framingOf } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { KIB } from '../../core/units';
import { WasmInstances, type WasmMemory } from '../../core/wasm';
import { LANE, paddedTexts } from './padded';
import { TRANSCODE_WASM } from './transcode.wasm';

interface Exports extends WasmMemory {
  run(...numbers: readonly number[]): number;
}

const instances = new WasmInstances<Exports>(TRANSCODE_WASM);

/** Where things lie in its memory of nine pages; records come first, behind what it tells. */
const IN_AT = 4 * LANE;
const IN_BYTES = 128 * KIB;
const LABELS_AT = IN_AT + IN_BYTES + LANE;
const LABELS_BYTES = 64 * KIB;
const STARTS_AT = LABELS_AT + LABELS_BYTES;
const MOST_RECORDS = 1024;
const PLACE_BYTES = 4;
const ENDS_AT = STARTS_AT + PLACE_BYTES * MOST_RECORDS;
const OUT_AT = ENDS_AT + PLACE_BYTES * MOST_RECORDS;
/** Told in the third word. */
const WRITTEN_TO = 2;

const LINE_FEED = 10;

/** What stands around a value beside its label: quotes, or `null` in the place of an empty one. */
const AROUND_BYTES = 4;
/** The braces and the line feed, and what is written in words of sixteen bytes beyond the end. */
const SPARE_BYTES = 64;

/** Where records lie in `bytes`: record n is `[starts[n], ends[n])`. */
export interface Places {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
}

/**
 * Records of a delimited file all of whose fields are text, as lines of JSON straight from their bytes: what parsing them
 * and `JSON.stringify` make, sixteen bytes at a time. Only plain records are written, which most are: as many fields as
 * columns, nothing escaped in them, nothing that JSON would have to escape. The bytes must be UTF-8.
 */
export class Transcoder {
  private readonly exports = instances.take();
  private readonly memory: Uint8Array;
  private readonly words: Int32Array;
  /** Bytes that a record may become longer. */
  private readonly around: number;
  private readonly settings: readonly number[];
  private places: Places = { bytes: new Uint8Array(), starts: new Int32Array(), ends: new Int32Array(), count: 0 };
  /** Records of the batch that lie in memory, [begun, loaded). */
  private begun = 0;
  private loaded = 0;

  private constructor(labels: readonly Buffer[], columns: number, dialect: CsvDialect) {
    const { buffer } = this.exports.memory;
    this.memory = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    const [padded, bare] = labels as [Buffer, Buffer];
    this.memory.set(padded, LABELS_AT);
    this.around = bare.length + AROUND_BYTES * columns + SPARE_BYTES;
    const { delimiter, quote, escape: escaping } = framingOf(dialect);
    this.settings = [LABELS_AT, columns, this.around, delimiter, quote, escaping];
  }

  /** Undefined where JSON cannot have all columns, or their names are too long. */
  static of(names: readonly string[], dialect: CsvDialect): Transcoder | undefined {
    const labels = names.map((name) => `,${JSON.stringify(name)}:`);
    const padded = paddedTexts(labels);
    const fits = padded.length <= LABELS_BYTES && names.length > 0 && new Set(names).size === names.length;
    return fits ? new Transcoder([padded, Buffer.from(labels.join(''))], names.length, dialect) : undefined;
  }

  /** Nothing more is written. */
  close(): void {
    instances.giveBack(this.exports);
  }

  /** Goes on to other records. */
  load(places: Places): void {
    this.places = places;
    this.begun = 0;
    this.loaded = 0;
  }

  /**
   * Writes the lines of records from this one on, as many as are plain and find room. Answers the first that is not written,
   * and the bytes of the lines, which are good until the next call.
   */
  write(index: number): { readonly next: number; readonly lines: Uint8Array } {
    if (index >= this.loaded) this.fetch(index);
    const { exports, memory, words, begun } = this;
    const limit = memory.length - LANE;
    const next = begun + exports.run(index - begun, this.loaded - begun, OUT_AT, limit, STARTS_AT, ENDS_AT, ...this.settings);
    return { next, lines: memory.subarray(OUT_AT, words[WRITTEN_TO]) };
  }

  /** Copies as many records as there is room for, none where one alone is too long. */
  private fetch(index: number): void {
    const { bytes, starts, ends, count } = this.places;
    const origin = starts[index] as number;
    let end = index;
    while (end < count && end - index < MOST_RECORDS && (ends[end] as number) - origin < IN_BYTES) end += 1;
    const size = end === index ? 0 : (ends[end - 1] as number) - origin;
    this.memory.set(bytes.subarray(origin, origin + size), IN_AT);
    this.memory[IN_AT + size] = LINE_FEED;
    for (let i = index; i < end; i += 1) {
      this.words[STARTS_AT / PLACE_BYTES + i - index] = IN_AT + (starts[i] as number) - origin;
      this.words[ENDS_AT / PLACE_BYTES + i - index] = IN_AT + (ends[i] as number) - origin;
    }
    this.begun = index;
    this.loaded = end;
  }
}
