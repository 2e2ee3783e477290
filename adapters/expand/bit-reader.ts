import { CutStreamError } from './errors';

/** At most this many bits are added to those at hand without losing one to the sign. */
const SAFE_BITS = 16;

/** Bits from the most significant on, as bzip2 stores them, from bytes that are handed in lot by lot. */
export class BitReader {
  private bytes: Buffer = Buffer.alloc(0);
  private next = 0;
  private at = 0;
  private hand = 0;
  private count = 0;

  /** Goes on with these bytes, which follow those that were dropped; `at` is their offset in the file. */
  refill(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.next = 0;
  }

  /** How many of the bytes were used; what is left of the last one stays at hand. */
  drop(): number {
    return this.next;
  }

  /** The next bits as a number; `null` leaves out what is left of a byte. */
  readonly read = (bits: number | null): number => {
    if (bits === null) {
      this.count -= this.count % 8;
      return 0;
    }
    if (bits <= SAFE_BITS) return this.few(bits);
    const high = this.few(bits - SAFE_BITS);
    return ((high << SAFE_BITS) | this.few(SAFE_BITS)) >>> 0;
  };

  private few(bits: number): number {
    while (this.count < bits) {
      if (this.next === this.bytes.length) throw new CutStreamError(`at byte ${this.at + this.next}`);
      this.hand = (this.hand << 8) | (this.bytes[this.next++] as number);
      this.count += 8;
    }
    this.count -= bits;
    return (this.hand >>> this.count) & ((1 << bits) - 1);
  }
}
