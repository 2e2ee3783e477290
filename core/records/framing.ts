import type { JobSpec } from '../spec/schema';
import { CsvDialect } from '../spec/sections/csv';

/** How records are told apart in a run of bytes. `quoted` says that a line break may hide inside a quoted field. */
export interface Framing {
  readonly quoted: boolean;
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
}

const TAB = '\t';

/** One record per line, whatever the line holds. */
export const LINES: Framing = { quoted: false, delimiter: 0, quote: 0, escape: 0 };

function byteOf(name: string, character: string): number {
  const code = character.charCodeAt(0);
  if (code > 127) throw new RangeError(`csv.${name} is ${JSON.stringify(character)}, allowed: one ASCII character`);
  return code;
}

/** How a delimited input is written, undefined for other formats; `tsv` always means tabs. */
export function dialectOf(input: Pick<JobSpec['input'], 'format' | 'csv'>): CsvDialect | undefined {
  if (input.format !== 'csv' && input.format !== 'tsv') return undefined;
  const dialect = input.csv ?? CsvDialect.parse({});
  return input.format === 'tsv' ? { ...dialect, delimiter: TAB } : dialect;
}

/** How the records of a text file are told apart; lines where it has no dialect. */
export function framingOf(dialect: CsvDialect | undefined): Framing {
  if (!dialect) return LINES;
  return {
    quoted: dialect.quotedNewlines,
    delimiter: byteOf('delimiter', dialect.delimiter),
    quote: byteOf('quote', dialect.quote),
    escape: byteOf('escape', dialect.escape),
  };
}

/** How the system itself writes CSV. */
export const OUTPUT_DIALECT: CsvDialect = { header: true, delimiter: ',', quote: '"', escape: '"', quotedNewlines: true };
