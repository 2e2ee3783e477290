import { deflateRawSync } from 'node:zlib';

interface ZipEntry {
  readonly name: string;
  readonly body: string;
  readonly stored?: boolean;
  readonly flags?: number;
  readonly method?: number;
}

function header(length: number, signature: number, fields: readonly (readonly [offset: number, value: number, bytes: 2 | 4])[]): Buffer {
  const buffer = Buffer.alloc(length);
  buffer.writeUInt32LE(signature, 0);
  for (const [offset, value, bytes] of fields) buffer.writeUIntLE(value, offset, bytes);
  return buffer;
}

/** A zip archive as other tools write it; `flags` and `method` allow for ones that are not supported. */
export function zipped(...entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, body, stored = false, flags = 0, method = stored ? 0 : 8 } of entries) {
    const packed = stored ? Buffer.from(body) : deflateRawSync(body);
    const extra = Buffer.alloc(4);
    const local = Buffer.concat([
      header(30, 0x04034b50, [
        [6, flags, 2],
        [8, method, 2],
        [18, packed.length, 4],
        [26, Buffer.byteLength(name), 2],
        [28, extra.length, 2],
      ]),
      Buffer.from(name),
      extra,
      packed,
    ]);
    central.push(
      header(46, 0x02014b50, [
        [8, flags, 2],
        [10, method, 2],
        [20, packed.length, 4],
        [28, Buffer.byteLength(name), 2],
        [42, offset, 4],
      ]),
      Buffer.from(name),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = header(22, 0x06054b50, [
    [10, entries.length, 2],
    [12, directory.length, 4],
    [16, offset, 4],
  ]);
  return Buffer.concat([...locals, directory, end]);
}
