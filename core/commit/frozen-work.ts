import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { Chunk, type Decision, Marker } from '../contracts';
import { partsOf, type Work } from './conclude';

/** One line of the list: a chunk that counts, with its marker where it is committed. */
const Line = z.object({ chunk: Chunk, marker: Marker.optional() });

/** Lines that are compressed together: the text of a large list is longer than a string may be. */
const LINES_OF_BLOCK = 10_000;

/** What a decision rests on, as it is stored. */
export interface EncodedWork {
  readonly body: Buffer;
  readonly sha256: string;
  readonly chunks: number;
  readonly parts: number;
}

/** The list is not the one that the decision names, so nothing may be rolled forward from it. */
export class BrokenDecisionError extends Error {
  override readonly name = 'BrokenDecisionError';
}

/** Writes chunks and markers as text in record order; the same work is the same text. */
export function encodeWork(work: Work): EncodedWork {
  const hash = createHash('sha256');
  const blocks: Buffer[] = [];
  for (let at = 0; at < work.leaves.length; at += LINES_OF_BLOCK) {
    const lines = work.leaves.slice(at, at + LINES_OF_BLOCK).map((chunk) => JSON.stringify({ chunk, marker: work.markers.get(chunk.id) }));
    const block = Buffer.from(`${lines.join('\n')}\n`);
    hash.update(block);
    blocks.push(gzipSync(block));
  }
  return { body: Buffer.concat(blocks), sha256: hash.digest('hex'), chunks: work.leaves.length, parts: partsOf(work).length };
}

/** Reads the list that a decision names. @throws BrokenDecisionError when it is another list */
export function decodeWork(body: Buffer, { sha256, chunks, parts }: Decision['frozen']): Work {
  const text = expandList(body);
  const actual = createHash('sha256').update(text).digest('hex');
  if (actual !== sha256) throw new BrokenDecisionError(`the list of what was decided has SHA-256 ${actual}, the decision names ${sha256}`);
  const lines = linesOf(text).map((line) => Line.parse(JSON.parse(line)));
  const work: Work = {
    leaves: lines.map(({ chunk }) => chunk),
    markers: new Map(lines.flatMap(({ chunk, marker }) => (marker ? [[chunk.id, marker] as const] : []))),
  };
  const found = `${work.leaves.length} chunks, ${partsOf(work).length} parts`;
  if (found !== `${chunks} chunks, ${parts} parts`) {
    throw new BrokenDecisionError(`the list of what was decided has ${found}, the decision names ${chunks} chunks, ${parts} parts`);
  }
  return work;
}

function expandList(body: Buffer): Buffer {
  if (body.length === 0) return body;
  try {
    return gunzipSync(body);
  } catch (thrown) {
    throw new BrokenDecisionError(`the list of what was decided cannot be expanded: ${(thrown as Error).message}`);
  }
}

const NEWLINE = 0x0a;

/** Line by line, since the whole may be longer than a string can be. */
function linesOf(text: Buffer): readonly string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(NEWLINE, start);
    lines.push(text.toString('utf8', start, end));
    start = end + 1;
  }
  return lines;
}
