export const LANE = 16;

/** Texts as the WebAssembly here reads them: the length of each in 16 bytes, then its bytes, filled up to a multiple of 16. */
export function paddedTexts(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const head = Buffer.alloc(LANE);
      head.writeUInt32LE(bytes.length);
      return [head, bytes, Buffer.alloc(-bytes.length & (LANE - 1))];
    }),
  );
}
