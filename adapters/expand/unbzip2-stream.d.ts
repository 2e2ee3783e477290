declare module 'unbzip2-stream/lib/bzip2' {
  /** Reads bits; `null` aligns to the next byte. */
  type Bits = (count: number | null) => number;
  interface Bzip2 {
    /** Reads the header of a stream; answers its block size in units of 100,000 bytes. */
    header(bits: Bits): number;
    /** Expands one block; answers the stream's checksum so far, or null where the stream ends. */
    decompress(bits: Bits, put: (byte: number) => void, room: Int32Array, roomLength: number, crc: number): number | null;
  }
  const bzip2: Bzip2;
  export default bzip2;
}
