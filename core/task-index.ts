import type { ByteRange } from './values';

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
