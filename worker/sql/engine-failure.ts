import { ConfigFailure, DataFailure, DiskFullFailure, OutOfMemoryFailure, type WorkerFailure } from '../failures';

/** DuckDB's errors have no class; their messages begin with the type of the error. */
const TYPE = /^(?:Error: )?([A-Z][A-Za-z ]*?) Error:/;
/** Thrown where a query that is right meets a value that it cannot take. */
const ABOUT_DATA: ReadonlySet<string> = new Set(['Invalid Input', 'Conversion', 'Out of Range']);
/** It spills to the disk, and counts a full one as memory. */
const DISK_FULL = /No space left on device|Disk quota exceeded|max_temp_directory_size/;

const UNREADABLE = /Failed to read file/;
const WRITE_ANEW = 'the file is corrupt or cut short: write it anew';

/** On one line: the engine's messages quote the query over several, with a caret under the error. */
const messageOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s*\n\s*/g, ' ').trim();

/** Why a query cannot be run at all. */
export const queryFailure = (thrown: unknown): WorkerFailure =>
  new ConfigFailure(`SQL: ${messageOf(thrown)}`, 'mend process.sql; `input` has the columns of the file, typed by input.schema');

/** Why a query that could be run has failed. */
export function engineFailure(thrown: unknown): WorkerFailure {
  const message = messageOf(thrown);
  if (DISK_FULL.test(message)) return new DiskFullFailure(message);
  const type = TYPE.exec(message)?.[1] ?? '';
  if (type === 'Out of Memory') return new OutOfMemoryFailure(message, 'give the job more memory, or smaller chunks');
  if (UNREADABLE.test(message)) return new DataFailure(`SQL: ${message}`, WRITE_ANEW);
  if (!ABOUT_DATA.has(type)) return queryFailure(thrown);
  return new DataFailure(
    `SQL: ${message}`,
    'look for the value that the query cannot take: TRY_CAST makes it null, a WHERE clause leaves its record out',
  );
}

/** Why a file could not be read by a statement that is nobody's but ours. */
export function fileFailure(key: string, thrown: unknown): WorkerFailure {
  const failure = engineFailure(thrown);
  if (failure instanceof DiskFullFailure || failure instanceof OutOfMemoryFailure) return failure;
  return new DataFailure(`${key} cannot be read: ${messageOf(thrown)}`, WRITE_ANEW);
}
