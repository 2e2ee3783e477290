import type { ByteRange } from '../values';

/**
 * The fixed-width index of a round: entry t says which bytes of the round's chunk list hold the lines of task t,
 * so a worker finds its chunks with one small ranged read each, however many tasks there are.
 */

const DIGITS = 15;
/** Bytes of one entry: offset, comma, length, newline. */
export const TASK_ENTRY_BYTES = 2 * DIGITS + 2;

const pad = (value: number): string => String(value).padStart(DIGITS, '0');

export const encodeTaskEntry = ({ start, end }: ByteRange): string => `${pad(start)},${pad(end - start)}\n`;

/** Where entry `task` lies in the index. */
export const taskEntryRange = (task: number): ByteRange => ({ start: task * TASK_ENTRY_BYTES, end: (task + 1) * TASK_ENTRY_BYTES });

/** Which bytes of the chunk list belong to the task. */
export function decodeTaskEntry(entry: string): ByteRange {
  const match = /^(\d{15}),(\d{15})\n$/.exec(entry);
  if (!match) throw new RangeError(`task index entry ${JSON.stringify(entry)} is not offset,length of ${DIGITS} digits each`);
  const start = Number(match[1]);
  return { start, end: start + Number(match[2]) };
}

/**
 * Where the lines of consecutive tasks lie, in few enough bytes to stand in the fence that every child reads anyway: it
 * then has its chunks with one ranged read more. 10,000 tasks of up to 2 MB of lines take 40 kB.
 */
export interface TaskLines {
  /** First byte of the first task's lines in the chunk list. */
  readonly start: number;
  /** Of each task's lines, in base64 of as many bytes of seven bits as each needs. */
  readonly lengths: string;
}

const SEVEN_BITS = 128;

/**
 * Packs the entries of consecutive tasks, as they stand in the index, of which the first one's lines begin at `first`. A
 * RangeError where lines do not follow on each other: S3 keeps no checksum of a part of an object, so a flipped bit shows
 * here or nowhere.
 */
export function packEntries(index: string, first: number): TaskLines {
  const bytes: number[] = [];
  let next = first;
  for (let at = 0; at < index.length; at += TASK_ENTRY_BYTES) {
    const { start, end } = decodeTaskEntry(index.slice(at, at + TASK_ENTRY_BYTES));
    if (start !== next) throw new RangeError(`the task index says that lines begin at ${start} where those before end at ${next}`);
    next = end;
    let rest = end - start;
    for (; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) bytes.push((rest % SEVEN_BITS) + SEVEN_BITS);
    bytes.push(rest);
  }
  return { start: first, lengths: Buffer.from(bytes).toString('base64') };
}

/** Which bytes of the chunk list belong to the task that is so many behind the first one. */
export function linesOf({ start, lengths }: TaskLines, task: number): ByteRange {
  const bytes = Buffer.from(lengths, 'base64');
  let from = start;
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    let length = 0;
    for (let factor = 1; ; factor *= SEVEN_BITS) {
      const byte = bytes[at++] ?? 0;
      length += (byte % SEVEN_BITS) * factor;
      if (byte < SEVEN_BITS) break;
    }
    if (i === task) return { start: from, end: from + length };
    from += length;
  }
  throw new RangeError(`no task ${task} among those whose lines are known`);
}
