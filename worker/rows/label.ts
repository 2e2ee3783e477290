const WORD_BYTES = 4;

/** A name with what stands before its value: bytes in words of four, which are written in a quarter of the time. */
export interface Label {
  readonly name: string;
  readonly words: Int32Array;
  /** Bytes; what the last word has more of is written over. */
  readonly length: number;
}

/** `,"name":` */
export function labelOf(name: string): Label {
  const bytes = Buffer.from(`,${JSON.stringify(name)}:`);
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return {
    name,
    words: Int32Array.from({ length: padded.length / WORD_BYTES }, (_, i) => view.getInt32(i * WORD_BYTES, true)),
    length: bytes.length,
  };
}

/** Writes a label at `at`, where there is room for its last word; answers where it ended. */
export function writeLabel(view: DataView, at: number, { words, length }: Label): number {
  for (let i = 0; i < words.length; i += 1) view.setInt32(at + WORD_BYTES * i, words[i] as number, true);
  return at + length;
}
