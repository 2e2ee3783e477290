import { NOT_WRITTEN, writeDecimal, writeInteger, writeString } from './write-values';

/** Where a compiled row is written: behind `at`, with room for its names and short values. */
export interface RowTarget {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  /** Writes a text of any length at `at`, also where there is no room for it yet and the bytes become others; answers where it ended. */
  text(at: number, text: string): number;
}

/** Writes a row as JSON at `at`; answers where it ended, `REFUSED` where a value is none of those that it knows. */
export type CompiledRow = (row: Readonly<Record<string, unknown>>, target: RowTarget, at: number) => number;

export const REFUSED = -1;

const WORD_BYTES = 4;

/** Bytes of a text in words of four, the last one filled up. */
function wordsOf(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc(WORD_BYTES)]);
  return Array.from({ length: Math.ceil(bytes.length / WORD_BYTES) }, (_, i) => padded.readInt32LE(i * WORD_BYTES));
}

/** Statements that write a text of ours as constants, and go on behind it. */
function writes(text: string): string {
  const stores = wordsOf(text).map((word, i) => `view.setInt32(at + ${WORD_BYTES * i}, ${word}, true);`);
  return `${stores.join(' ')} at += ${Buffer.byteLength(text)};`;
}

/** Statements for one column. Its name stands in them as a JSON text, and so as data, whatever it holds. */
function column(name: string, index: number): string {
  const key = JSON.stringify(name);
  return `
    ${writes(`${index === 0 ? '{' : ','}${key}:`)}
    value = row[${key}];
    if (typeof value === 'string') {
      end = writeString(bytes, at, value);
      if (end === ${NOT_WRITTEN}) { at = target.text(at, JSON.stringify(value)); bytes = target.bytes; view = target.view; } else at = end;
    } else if (typeof value === 'number') at = (value | 0) === value ? writeInteger(bytes, at, value) : writeDecimal(bytes, at, value);
    else if (value === true) { ${writes('true')} }
    else if (value === false) { ${writes('false')} }
    else if (value === null) { ${writes('null')} }
    else return ${REFUSED};`;
}

/**
 * A writer of rows that have exactly these columns in this order, byte for byte what `JSON.stringify` gives: names are
 * constants in its code, and values are where the engine knows them to be, which takes less than half the time of a loop.
 */
export function compileRow(names: readonly string[]): CompiledRow {
  const body = `return (row, target, start) => {
    let { bytes, view } = target;
    let at = start, value, end;
    ${names.map(column).join('\n')}
    ${writes('}')}
    return at;
  };`;
  return new Function('writeString', 'writeInteger', 'writeDecimal', body)(writeString, writeInteger, writeDecimal) as CompiledRow;
}
