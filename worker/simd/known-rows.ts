import { KIB } from '../../core/units';
import { WasmInstances, type WasmMemory } from '../../core/wasm';
import { KNOWN_ROWS_WASM } from './known-rows.wasm';
import { LANE, paddedTexts } from './padded';

interface Exports extends WasmMemory {
  run(...numbers: readonly number[]): number;
}

const instances = new WasmInstances<Exports>(KNOWN_ROWS_WASM);

/** Where things lie in its memory of four pages: lines come first, behind what it tells. */
const IN_AT = LANE;
const BLOCK_BYTES = 64 * KIB;
const OUT_AT = IN_AT + BLOCK_BYTES + 2 * LANE;
const LITERALS_AT = OUT_AT + BLOCK_BYTES + 2 * LANE;

/** Told in the first two words. */
const READ_TO = 0;
const WRITTEN_TO = 1;

const LINE_FEED = 10;

/** Rows of other shapes are read one by one; a program with so many has no shape worth knowing. */
const MOST_SHAPES = 8;
/** Rows are looked at for a shape so often at most, since it costs as much as to read many of them. */
const MOST_TRIES = 32;

/** Where programs put spaces: JavaScript and Go nowhere, Python behind all colons and commas, some around the row only. */
const SPACINGS = ['', ' '].flatMap((head) => ['', ' '].flatMap((comma) => ['', ' '].map((colon) => ({ head, comma, colon }))));
type Spacing = (typeof SPACINGS)[number];

/** One way to spell rows of some columns, and where its literals lie. */
interface Shape {
  readonly literals: number;
  readonly columns: number;
  /** Where the row begins in the line. */
  readonly rowAt: number;
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * Most programs answer with the same columns in the same order every time, spelled the same way: `{"ok":{…}}` with a flat
 * row. Such answers are known by their bytes, a hundredth of what it costs to make values of them, and are JSON by that look.
 */
export class KnownRows {
  private readonly exports = instances.take();
  private readonly memory: Uint8Array;
  private readonly words: Int32Array;
  private readonly shapes: Shape[] = [];
  private literalsEnd = LITERALS_AT;
  private tries = 0;
  /** The shape of the row that was found last. */
  private last = 0;
  private lines: Buffer = Buffer.alloc(0);
  /** Bytes [loaded, loadedEnd) of the lines lie in memory. */
  private loaded = 0;
  private loadedEnd = 0;

  constructor() {
    this.memory = new Uint8Array(this.exports.memory.buffer);
    this.words = new Int32Array(this.exports.memory.buffer);
  }

  /** Goes on to other lines, which must be UTF-8, the last one with its line feed. */
  load(lines: Buffer): void {
    this.lines = lines;
    this.loaded = 0;
    this.loadedEnd = 0;
  }

  /** Nothing more is looked for. */
  close(): void {
    instances.giveBack(this.exports);
  }

  /** Takes note of the shape of a row of the line at `at`: flat, and spelled in one of the usual ways. */
  learn(row: Readonly<Record<string, unknown>>, at: number): void {
    if (this.tries === MOST_TRIES || this.shapes.length === MOST_SHAPES) return;
    const names = Object.keys(row);
    if (names.length === 0 || !Object.values(row).every(isScalar) || !this.holds(at)) return;
    this.tries += 1;
    const before = this.literalsEnd;
    for (const spacing of SPACINGS) {
      const shape = this.shapeOf(names, spacing);
      if (shape && this.run(shape, at, 1) > 0) {
        this.shapes.push(shape);
        return;
      }
      this.literalsEnd = before;
    }
  }

  /**
   * Rows of known shapes from the line at `at` on, `most` at most, each with its line feed, in bytes that are good until the
   * next call; undefined where that line is none.
   */
  find(at: number, most: number): { readonly count: number; readonly rows: Uint8Array; readonly next: number } | undefined {
    const { shapes } = this;
    if (shapes.length === 0 || !this.holds(at)) return undefined;
    for (let tried = 0; tried < shapes.length; tried += 1) {
      const count = this.run(shapes[this.last] as Shape, at, most);
      if (count > 0) {
        const rows = this.memory.subarray(OUT_AT, this.words[WRITTEN_TO]);
        return { count, rows, next: this.loaded + (this.words[READ_TO] as number) - IN_AT };
      }
      this.last = (this.last + 1) % shapes.length;
    }
    return undefined;
  }

  private run({ literals, columns, rowAt }: Shape, at: number, most: number): number {
    const end = IN_AT + this.loadedEnd - this.loaded;
    return this.exports.run(IN_AT + at - this.loaded, end, OUT_AT, literals, columns, rowAt, most);
  }

  /** Whether the line at `at` lies in memory, where it is put if it is not too long. */
  private holds(at: number): boolean {
    if (at < this.loadedEnd && at >= this.loaded) return true;
    const most = Math.min(this.lines.length, at + BLOCK_BYTES);
    const end = this.lines.lastIndexOf(LINE_FEED, most - 1) + 1;
    if (end <= at) return false;
    this.memory.set(this.lines.subarray(at, end), IN_AT);
    this.loaded = at;
    this.loadedEnd = end;
    return true;
  }

  /** Undefined where its literals find no room. */
  private shapeOf(names: readonly string[], { head, comma, colon }: Spacing): Shape | undefined {
    const begin = `{"ok":${head}`;
    const texts = names.map((name, i) => `${i === 0 ? `${begin}{` : `,${comma}`}${JSON.stringify(name)}:${colon}`);
    const bytes = paddedTexts(texts);
    const literals = this.literalsEnd;
    if (literals + bytes.length > this.memory.length) return undefined;
    this.memory.set(bytes, literals);
    this.literalsEnd += bytes.length;
    return { literals, columns: names.length, rowAt: begin.length };
  }
}
