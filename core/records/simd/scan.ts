import { KIB } from '../../units';
import { WasmInstances, type WasmMemory } from '../../wasm';
import { SCAN_WASM } from './scan.wasm';

/** What scan.wat exports. Its memory: 16 bytes of what came before, a block of text, 16 zero bytes, and the places it found. */
interface Exports extends WasmMemory {
  look(end: number): number;
  feeds(end: number, out: number): number;
}

const instances = new WasmInstances<Exports>(SCAN_WASM);

const LANE = 16;
/** Small enough to stay in the processor's nearest cache. */
const BLOCK_BYTES = 16 * KIB;
/** Behind the block; a block of line feeds alone has as many places as bytes. */
const PLACES_AT = 2 * BLOCK_BYTES;
const PLACE_BYTES = 4;

class Scanner {
  private readonly exports = instances.take();
  private readonly bytes: Uint8Array;
  readonly places: Int32Array;

  constructor() {
    const { buffer } = this.exports.memory;
    this.bytes = new Uint8Array(buffer, 0, PLACES_AT);
    this.places = new Int32Array(buffer, PLACES_AT);
  }

  /** Puts a block where the code looks; answers where it ends. */
  private load(text: Uint8Array, start: number): number {
    const block = text.subarray(start, start + BLOCK_BYTES);
    this.bytes.set(block, LANE);
    const end = LANE + block.length;
    this.bytes.fill(0, end, end + LANE);
    return end;
  }

  look(text: Uint8Array): number {
    let seen = 0;
    this.bytes.fill(0, 0, LANE);
    for (let start = 0; start < text.length; start += BLOCK_BYTES) {
      if (start > 0) this.bytes.copyWithin(0, BLOCK_BYTES, BLOCK_BYTES + LANE);
      seen |= this.exports.look(this.load(text, start));
    }
    return seen;
  }

  /** How many line feeds lie in a block; their places within the memory are in `places`. */
  feeds(text: Uint8Array, start: number): number {
    return (this.exports.feeds(this.load(text, start), PLACES_AT) - PLACES_AT) / PLACE_BYTES;
  }
}

let scanner: Scanner | undefined;
const theScanner = (): Scanner => {
  scanner ??= new Scanner();
  return scanner;
};

export interface Seen {
  /** One of `eExXbB` follows a digit. */
  readonly letterBehindDigit: boolean;
  readonly underscoreBehindDigit: boolean;
  /** A minus comes two or three bytes behind a colon. */
  readonly dashBehindColon: boolean;
  readonly plus: boolean;
  readonly point: boolean;
}

/** What a text holds anywhere, at about 3 GB a second. */
export function look(text: Uint8Array): Seen {
  const seen = theScanner().look(text);
  const has = (bit: number): boolean => ((seen >> bit) & 1) === 1;
  return { letterBehindDigit: has(0), dashBehindColon: has(1), underscoreBehindDigit: has(2), plus: has(3), point: has(4) };
}

const NONE = -1;

/** Finds line feeds from left to right: a block of them at a time, which is several times faster than one by one. */
export class LineFeeds {
  /** Of the current block, from its first byte on. */
  private readonly places = new Int32Array(BLOCK_BYTES);
  private count = 0;
  private next = 0;
  private asked = 0;
  private start = 0;
  private end = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** The first one at or behind `at`, -1 when there is none. */
  from(at: number): number {
    if (at < this.asked) this.goBack(at);
    this.asked = at;
    for (;;) {
      const { places, count, start } = this;
      while (this.next < count && start + (places[this.next] as number) < at) this.next += 1;
      if (this.next < count) return start + (places[this.next] as number);
      if (this.end >= this.bytes.length) return NONE;
      this.load(Math.max(at, this.end));
    }
  }

  private goBack(at: number): void {
    if (at < this.start) this.load(at);
    this.next = 0;
  }

  private load(start: number): void {
    const scan = theScanner();
    this.count = scan.feeds(this.bytes, start);
    for (let i = 0; i < this.count; i += 1) this.places[i] = (scan.places[i] as number) - LANE;
    this.next = 0;
    this.start = start;
    this.end = Math.min(this.bytes.length, start + BLOCK_BYTES);
  }
}
