import path from 'node:path';
import { Fault } from '../../../core/fault';
import { CodeFailure } from '../../../worker/failures';
import type { ChunkWork, Outcome, Processor, TextSource } from '../../../worker/work';
import { dieIn, type Ending, moodNow } from './deaths';
import { writeFile } from './memory-fs';
import { chance } from './random-ids';

/** Records of a window of text: lines, or CSV records whose quoted fields hold line breaks. */
export function recordsIn(text: string, quotes: boolean): string[] {
  const records: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (quotes && text[at] === '"') quoted = !quoted;
    if (text[at] !== '\n' || quoted) continue;
    records.push(text.slice(start, at));
    start = at + 1;
  }
  if (start < text.length) records.push(text.slice(start));
  return records;
}

/** What becomes of a record: a row that holds it as it was. */
export const rowOf = (record: string): string => `${JSON.stringify({ record })}\n`;

/** The record that a row was made of. */
export const recordOf = (row: string): string => (JSON.parse(row) as { record: string }).record;

/** What is wrong with a record: it is invalid, its processor throws or crashes over it, or it takes memory, alone or with others. */
export const FLAWS = ['bad', 'boom', 'crash', 'oom', 'wide'] as const;
export type Flaw = (typeof FLAWS)[number];

/** A query that says so can do every record. */
export const FIXED = 'SELECT * FROM input -- fixed';
/** Enough for any record. */
export const ENOUGH_MIB = 3072;

export const flawOf = (record: string): Flaw | undefined => FLAWS.find((flaw) => record.includes(`"${flaw}"`));

const OUT_OF_MEMORY: Ending = {
  exitCode: 137,
  statusReason: 'Essential container in task exited',
  containerReason: 'OutOfMemoryError: Container killed due to memory usage',
};
const CRASHED: Ending = { exitCode: 139, statusReason: 'Essential container in task exited' };

/** What a chunk's worst record does to the worker. */
async function suffer(flaws: ReadonlySet<Flaw>, records: number, { config, profile, scratch }: ChunkWork): Promise<void> {
  const isFixed = isFixedIn(config.spec.process);
  if (moodNow() > 0 && records > 1 && chance() < moodNow()) return dieIn(scratch, OUT_OF_MEMORY);
  if (flaws.has('oom') && profile.memoryMiB < ENOUGH_MIB) return dieIn(scratch, OUT_OF_MEMORY);
  if (flaws.has('wide') && records > 1 && profile.memoryMiB < ENOUGH_MIB) return dieIn(scratch, OUT_OF_MEMORY);
  if (flaws.has('crash') && !isFixed) return dieIn(scratch, CRASHED);
  if (flaws.has('boom') && !isFixed) throw new CodeFailure('boom', 'mend it');
}

const isFixedIn = (process: object): boolean => 'sql' in process && process.sql === FIXED;

/** In the place of the engines: every record becomes a row, in no time and without a disk. */
export const processorOf =
  (): Processor =>
  async (work: ChunkWork): Promise<Outcome> => {
    const { config, scratch } = work;
    const quotes = config.spec.input.format === 'csv';
    const sources = (work.sources as readonly TextSource[]).map((source) => ({
      source,
      records: recordsIn(source.bytes.subarray(source.body, source.end).toString(), quotes),
    }));
    const all = sources.flatMap(({ records }) => records);
    const flaws = new Set(all.flatMap((record) => flawOf(record) ?? []));
    if (flaws.size > 0 || moodNow() > 0) await suffer(flaws, all.length, work);
    const isBad = (record: string): boolean => flawOf(record) === 'bad' && !isFixedIn(config.spec.process);
    for (const { source, records } of sources)
      for (const [i, record] of records.entries()) if (isBad(record)) setAside(work, source, i, record);
    const rows = all.filter((record) => !isBad(record)).map(rowOf);
    if (rows.length === 0) return { parts: [], written: 0, filtered: 0 };
    const file = path.join(scratch, 'part');
    await writeFile(file, rows.join(''));
    return { parts: [{ file, rows: rows.length }], written: rows.length, filtered: 0 };
  };

function setAside({ quarantine }: ChunkWork, { object }: TextSource, record: number, raw: string): void {
  quarantine.add({ object, offset: 0, record, fault: new Fault('DATA', 'bad'), raw: Buffer.from(raw) });
}
