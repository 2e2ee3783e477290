import type { Chunk, Marker, ReadRange } from './contracts';

/**
 * The chain: each chunk says where its first record began and where its last one ended. The first range of an object
 * must start at byte 0, every other where the one before it ended, and the last must end at the object's size.
 * By induction that proves that the object was read exactly once and that no record was cut.
 */

export interface Link {
  readonly chunk: Chunk;
  /** Position of the range in the chunk. */
  readonly range: number;
  readonly read: ReadRange;
}

export type ChainVerdict =
  | { readonly whole: true }
  | {
      readonly whole: false;
      readonly object: number;
      /** Where a record is known to start, but the next range does not. */
      readonly expectedStart: number;
      /** The range that started elsewhere; undefined when the object's end was not reached. */
      readonly broken?: Link;
    };

/** What every chunk read of one object, in byte order. */
export function linksOf(object: number, chunks: readonly Chunk[], markers: ReadonlyMap<string, Marker>): readonly Link[] {
  return chunks.flatMap((chunk) =>
    (markers.get(chunk.id)?.read ?? []).flatMap((read, range) => (read.object === object ? [{ chunk, range, read }] : [])),
  );
}

/** Checks one object's chain; an object of no bytes needs no links. */
export function checkChain(object: number, bytes: number, links: readonly Link[]): ChainVerdict {
  let expectedStart = 0;
  for (const link of links) {
    if (link.read.start !== expectedStart) return { whole: false, object, expectedStart, broken: link };
    expectedStart = link.read.end;
  }
  return expectedStart === bytes ? { whole: true } : { whole: false, object, expectedStart };
}
