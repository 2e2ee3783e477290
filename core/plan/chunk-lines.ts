import type { Chunk } from '../contracts';
import { KIB } from '../units';
import { chunkBytesOf } from './chunking';
import type { TaskCut, TaskCutter } from './task-cuts';
import { encodeTaskEntry } from './task-index';

/** Text is handed over in pieces of about this length: few enough to be cheap, small enough to be nothing. */
const PIECE_CHARACTERS = 64 * KIB;

/** Joins lines into pieces. */
class Pieces {
  private lines: string[] = [];
  private characters = 0;

  /** A piece, when enough has come together. */
  add(line: string): string | undefined {
    this.lines.push(line);
    this.characters += line.length;
    return this.characters < PIECE_CHARACTERS ? undefined : this.rest();
  }

  rest(): string {
    const piece = this.lines.join('');
    this.lines = [];
    this.characters = 0;
    return piece;
  }
}

/** `chunks.jsonl` as it is written: one line a chunk, in pieces, while the cutter takes note of every line. */
export class ChunkLines {
  private readonly pieces = new Pieces();

  constructor(private readonly cutter: Pick<TaskCutter, 'add'>) {}

  /** A piece of the text, when enough has come together. */
  add(chunk: Chunk): string | undefined {
    const line = `${JSON.stringify(chunk)}\n`;
    this.cutter.add({ work: chunkBytesOf(chunk), bytes: Buffer.byteLength(line) });
    return this.pieces.add(line);
  }

  /** What has not been handed over yet. */
  rest(): string {
    return this.pieces.rest();
  }
}

/** `tasks.idx`: one fixed-width entry a task, in pieces. */
export function* indexLines(cuts: Iterable<TaskCut>): Generator<string> {
  const pieces = new Pieces();
  for (const cut of cuts) {
    const piece = pieces.add(encodeTaskEntry(cut));
    if (piece !== undefined) yield piece;
  }
  const rest = pieces.rest();
  if (rest !== '') yield rest;
}
