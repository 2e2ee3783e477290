import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { xxhash64 } from 'hash-wasm';
import type { Compression } from '../../core/contracts';

/** One bzip2 stream of some bytes, made by Python: no package of ours writes the format. */
export function bzip2(bytes: Buffer, level = 1): Buffer {
  const program = `import bz2,sys; sys.stdout.buffer.write(bz2.compress(sys.stdin.buffer.read(), ${level}))`;
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: bytes, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`);
  return stdout;
}

const FRAME_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A window of 128 KiB, a checksum, no content size. */
const FRAME_HEADER = Buffer.from([0x04, 0x38]);
const RAW_BLOCK = 0;
const RUN_BLOCK = 1;

function block(type: number, size: number, content: Buffer, last: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3);
  return Buffer.concat([head, content]);
}

async function checksum(bytes: Buffer): Promise<Buffer> {
  return Buffer.from(await xxhash64(bytes), 'hex')
    .subarray(4)
    .reverse();
}

/** A Zstandard frame written by hand: blocks of plain bytes, which every decoder must take. */
export async function plainFrame(bytes: Buffer, blockBytes = 1000): Promise<Buffer> {
  const count = Math.max(1, Math.ceil(bytes.length / blockBytes));
  const blocks = Array.from({ length: count }, (_, i) => {
    const content = bytes.subarray(i * blockBytes, (i + 1) * blockBytes);
    return block(RAW_BLOCK, content.length, content, i === count - 1);
  });
  return Buffer.concat([FRAME_MAGIC, FRAME_HEADER, ...blocks, await checksum(bytes)]);
}

/** A Zstandard frame that takes four bytes to say 128 KiB. */
export function burstingFrame(blocks: number): Buffer {
  const size = 128 * 1024;
  const all = Array.from({ length: blocks }, (_, i) => block(RUN_BLOCK, size, Buffer.from('x'), i === blocks - 1));
  return Buffer.concat([FRAME_MAGIC, Buffer.from([0x00, 0x38]), ...all]);
}

/** A Zstandard frame that decoders skip. */
export function skippableFrame(content: string): Buffer {
  const head = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** Lines of text in a Zstandard file as the real compressor writes it; DuckDB brings one. */
export async function zstd(lines: string): Promise<Buffer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'zstd-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const file = path.join(folder, 'lines.zst');
    const text = lines.replace(/\n$/, '').replaceAll("'", "''");
    await connection.run(
      `COPY (SELECT unnest(split('${text}', chr(10)))) TO '${file}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)`,
    );
    return readFileSync(file);
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compresses lines of text. */
export const COMPRESS: Readonly<Record<Compression, (lines: string) => Promise<Buffer>>> = {
  gzip: async (lines) => gzipSync(lines),
  zstd,
  bzip2: async (lines) => bzip2(Buffer.from(lines)),
};
