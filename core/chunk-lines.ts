import type { TaskCut, TaskCutter } from './task-cuts';
import { encodeTaskEntry } from './task-index';
import { KIB } from './units';

/** Text is handed over in pieces of about this length: few enough to be cheap, small enough to be nothing. */
const PIECE_CHARACTERS = 64 * KIB;

export interface LineSink<T> {
  /** Learns where each chunk's line ends. */
  readonly cutter: Pick<TaskCutter, 'add'>;
  /** Estimated work of a chunk in whole units; bytes, when there is nothing better. */
  readonly workOf: (chunk: T) => number;
}

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
export async function* chunkLines<T>(chunks: AsyncIterable<T> | Iterable<T>, sink: LineSink<T>): AsyncGenerator<string> {
  const pieces = new Pieces();
  for await (const chunk of chunks) {
    const piece = pieces.add(lineOf(chunk, sink));
    if (piece !== undefined) yield piece;
  }
  const rest = pieces.rest();
  if (rest !== '') yield rest;
}

function lineOf<T>(chunk: T, { cutter, workOf }: LineSink<T>): string {
  const line = `${JSON.stringify(chunk)}\n`;
  cutter.add({ work: workOf(chunk), bytes: Buffer.byteLength(line) });
  return line;
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
