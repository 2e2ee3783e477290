/**
 * Keys in S3's order, which is that of their UTF-8 bytes. A key is held as its *order key*: one character per byte,
 * so that JavaScript's own string comparison is byte order, and plain ASCII keys are their own order keys.
 */

/** Above every character of an order key: `prefix + AFTER` sorts behind everything that starts with the prefix. */
export const AFTER = '\u0100';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

export const toOrderKey = (key: string): string => (ASCII.test(key) ? key : Buffer.from(key, 'utf8').toString('latin1'));
export const fromOrderKey = (orderKey: string): string =>
  ASCII.test(orderKey) ? orderKey : Buffer.from(orderKey, 'latin1').toString('utf8');

/** Splitting at this size keeps both an insertion's move and the outer list short at a million keys. */
const MAX_BLOCK = 1024;

/** First index whose key is not below `key`. */
function lowerBound(block: readonly string[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A sorted set of order keys in blocks: adding, removing and seeking cost a binary search, whatever the size. */
export class OrderedKeys {
  private readonly blocks: string[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(key: string): void {
    const index = Math.min(this.blockFor(key), this.blocks.length - 1);
    const block = this.blocks[index];
    if (!block) {
      this.blocks.push([key]);
      this.count++;
      return;
    }
    const at = lowerBound(block, key);
    if (block[at] === key) return;
    block.splice(at, 0, key);
    this.count++;
    if (block.length > MAX_BLOCK) this.split(index, block, at === block.length - 1);
  }

  remove(key: string): void {
    const index = this.blockFor(key);
    const block = this.blocks[index];
    const at = block ? lowerBound(block, key) : -1;
    if (!block || block[at] !== key) return;
    block.splice(at, 1);
    this.count--;
    if (block.length === 0) this.blocks.splice(index, 1);
  }

  /** Keys from `key` on; the set must not change meanwhile. */
  *from(key: string): Generator<string> {
    const first = this.blockFor(key);
    for (let index = first; index < this.blocks.length; index++) {
      const block = this.blocks[index] as string[];
      for (let at = index === first ? lowerBound(block, key) : 0; at < block.length; at++) yield block[at] as string;
    }
  }

  /** Index of the first block whose last key is not below `key`. */
  private blockFor(key: string): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle]?.at(-1) as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keys that arrive in order leave full blocks behind; others leave halves. */
  private split(index: number, block: string[], appended: boolean): void {
    const tail = block.splice(appended ? block.length - 1 : block.length >>> 1);
    this.blocks.splice(index + 1, 0, tail);
  }
}
