import { inflateRawSync } from 'node:zlib';
import { NotEmulatedError } from '../kernel/errors';

/** Offsets and signatures of PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');
const ENTRY_HEADER_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
/** In place of a size or offset that is kept in 64 bits elsewhere. */
const ZIP64 = 0xffffffff;

export interface UnzippedFile {
  readonly name: string;
  readonly body: Buffer;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly offset: number;
  readonly headerBytes: number;
}

function entryAt(zip: Buffer, at: number): Entry {
  const nameBytes = zip.readUInt16LE(at + 28);
  const name = zip.toString('utf8', at + ENTRY_HEADER_BYTES, at + ENTRY_HEADER_BYTES + nameBytes);
  const entry = {
    name,
    method: zip.readUInt16LE(at + 10),
    compressedBytes: zip.readUInt32LE(at + 20),
    offset: zip.readUInt32LE(at + 42),
    headerBytes: ENTRY_HEADER_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32),
  };
  if (zip.readUInt16LE(at + 8) & ENCRYPTED_FLAG) throw new NotEmulatedError(`encrypted zip entry ${name}`);
  if (entry.offset === ZIP64 || entry.compressedBytes === ZIP64) throw new NotEmulatedError(`zip64 entry ${name}`);
  return entry;
}

function bodyOf(zip: Buffer, { name, method, compressedBytes, offset }: Entry): Buffer {
  // The local header repeats the name, with an extra field of its own length.
  const start = offset + LOCAL_HEADER_BYTES + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(start, start + compressedBytes);
  if (method === STORED) return packed;
  if (method === DEFLATED) return inflateRawSync(packed);
  throw new NotEmulatedError(`compression method ${method} of zip entry ${name} (allowed: stored, deflated)`);
}

/** The files of a zip archive, which is all that a bucket deployment needs of one; folders are left out. */
export function unzip(zip: Buffer): readonly UnzippedFile[] {
  const end = zip.lastIndexOf(END_SIGNATURE);
  if (end < 0) throw new RangeError('not a zip archive: it has no central directory');
  const files: UnzippedFile[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const entry = entryAt(zip, at);
    if (!entry.name.endsWith('/')) files.push({ name: entry.name, body: bodyOf(zip, entry) });
    at += entry.headerBytes;
  }
  return files;
}
