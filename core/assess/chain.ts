import type { Chunk, Marker, ReadRange } from '../contracts';

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
    };

const linksOfChunk = (chunk: Chunk, marker: Marker | undefined): readonly Link[] =>
  (marker?.read ?? []).map((read, range) => ({ chunk, range, read }));

const isWindow = ({ read }: Link): boolean => read.window !== undefined;

/** Whether a window goes on where the one before it ended, of the same range with as many records in all. */
function goesOn({ read: before }: Link, { read: after }: Link): boolean {
  const [, end] = before.window ?? [];
  return before.start === after.start && before.end === after.end && before.of === after.of && end === after.window?.[0];
}

/** Windows of one range that hold each of its records once, as the one link that they are; undefined where they do not. */
function joined(windows: readonly Link[]): Link | undefined {
  const [first] = windows;
  const last = windows.at(-1);
  if (!first || !last || first.read.window?.[0] !== 0 || last.read.window?.[1] !== first.read.of) return undefined;
  const { window: _, of: __, ...read } = first.read;
  return { ...first, read: { ...read, records: windows.reduce((sum, link) => sum + link.read.records, 0) } };
}

/** The links with the windows of each range joined; where windows do not make a whole they stay apart, and the chain does not hold. */
function withoutWindows(links: readonly Link[]): readonly Link[] {
  const whole: Link[] = [];
  for (let i = 0; i < links.length; ) {
    let end = i + 1;
    while (end < links.length && isWindow(links[i] as Link) && goesOn(links[end - 1] as Link, links[end] as Link)) end += 1;
    const run = links.slice(i, end);
    const one = isWindow(links[i] as Link) ? joined(run) : undefined;
    whole.push(...(one ? [one] : run));
    i = end;
  }
  return whole;
}

/** What the chunks read of each object, in byte order; an object that nothing was read of is not there. */
export function linksByObject(chunks: readonly Chunk[], markers: ReadonlyMap<string, Marker>): ReadonlyMap<number, readonly Link[]> {
  const byObject = new Map<number, Link[]>();
  for (const link of chunks.flatMap((chunk) => linksOfChunk(chunk, markers.get(chunk.id)))) {
    const links = byObject.get(link.read.object);
    if (links) links.push(link);
    else byObject.set(link.read.object, [link]);
  }
  return new Map([...byObject].map(([object, links]) => [object, withoutWindows(links)]));
}

/** Checks one object's chain; an object of no bytes needs no links. */
export function checkChain(object: number, bytes: number, links: readonly Link[]): ChainVerdict {
  let expectedStart = 0;
  for (const { read } of links) {
    if (read.start !== expectedStart || read.window !== undefined) return { whole: false, object, expectedStart };
    expectedStart = read.end;
  }
  return expectedStart === bytes ? { whole: true } : { whole: false, object, expectedStart };
}

/** A chunk that found no end of its first record within reach: it owns nothing, and stops before its range does. */
export const gaveUp = ({ chunk, range, read }: Link): boolean => read.end < (chunk.ranges[range]?.end ?? 0) && read.end === read.start;

/** Whether what a link read began where it should have. */
export const standsAt = (start: number, link: Link): boolean => link.read.start === start && !gaveUp(link);

const meets = (before: Link, after: Link): boolean => standsAt(before.read.end, after) && !gaveUp(before);

/** Longest stretches of links that agree with each other; the first one is proven, since it begins where the object does. */
export function runsOf(links: readonly Link[]): readonly (readonly Link[])[] {
  const runs: Link[][] = [];
  let before: Link | undefined;
  for (const link of links) {
    const run = before && meets(before, link) ? runs.at(-1) : undefined;
    if (run) run.push(link);
    else runs.push([link]);
    before = link;
  }
  return runs;
}

/** Whether a chunk was told where to start and started elsewhere, or knew it and found no record's end: a fault of the splitter. */
export const disobeyed = (link: Link): boolean => {
  const { proven = false, given = false, ranges } = link.chunk;
  if (!proven && !given) return false;
  return ranges[link.range]?.start !== link.read.start || (proven && gaveUp(link));
};
