import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { MIB } from '../../../core/units';
import { literal } from '../../engine';
import type { UseEngine } from './sink';

/** The engine holds one piece in memory at a time. */
const PIECE_BYTES = 16 * MIB;

async function gzip(file: string): Promise<string> {
  const part = `${file}.gz`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(part));
  return part;
}

/** Node has Zstandard only from version 22.15 on, the engine always: it writes the pieces as one frame. */
async function zstd(file: string, useEngine: UseEngine): Promise<string> {
  const part = `${file}.zst`;
  const pieces = await cut(file);
  const engine = await useEngine();
  await engine.run(
    `COPY (SELECT content FROM read_blob([${pieces.map(literal).join(', ')}])) TO ${literal(part)} (FORMAT blob, COMPRESSION zstd)`,
  );
  for (const piece of pieces) await rm(piece);
  return part;
}

async function cut(file: string): Promise<readonly string[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const pieces: string[] = [];
    const buffer = Buffer.allocUnsafe(Math.min(size, PIECE_BYTES));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      const piece = `${file}.${pieces.length}`;
      await writeFile(piece, buffer.subarray(0, bytesRead));
      pieces.push(piece);
      at += bytesRead;
    }
    return pieces;
  } finally {
    await handle.close();
  }
}

/** Compresses a text file as a whole and answers the file that came of it. */
export function compressText(file: string, compression: 'gzip' | 'zstd' | undefined, useEngine: UseEngine): Promise<string> {
  if (compression === 'zstd') return zstd(file, useEngine);
  return compression === 'gzip' ? gzip(file) : Promise.resolve(file);
}
