/** Surrogates, which JavaScript sorts below U+E000 to U+FFFF although the characters they stand for come after them. */
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

const rank = (unit: number): number => (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit);

/** S3's order of keys, which is that of their UTF-8 bytes: negative, zero or positive. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
