import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { compressionOf } from '../../../core/output';
import { CodeFailure } from '../../failures';
import { propertiesOf } from '../../schema/columns';
import type { ChunkWork } from '../../work';
import { JsonLines } from '../serialize-json';
import { type FileFormat, type Row, rowOf, type Written } from './sink';

/** One JSON object per line. */
export function linesEncoder(): FileFormat['encode'] {
  const lines = new JsonLines();
  return (rows) => {
    for (const row of rows) addLine(lines, row);
    return lines.take();
  };
}

function addLine(lines: JsonLines, row: Written): void {
  try {
    if (typeof row === 'string') lines.addText(row);
    else lines.add(row);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodeFailure(
      `the processor wrote a row that cannot be JSON: ${said}`,
      'return plain values: no bigint, no object within itself',
    );
  }
}

export const jsonLines = (work: ChunkWork): FileFormat => ({ encode: linesEncoder(), finish: (file) => compressed(work, file) });

async function compressed({ config }: ChunkWork, file: string): Promise<string> {
  if (compressionOf(config.spec.output) !== 'gzip') return file;
  const part = `${file}.gz`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(part));
  return part;
}

/** The columns are those of the output schema, else those of the first row. */
export function csv(work: ChunkWork): FileFormat {
  let columns = Object.keys(propertiesOf(work.config.schemas.output));
  return {
    encode: (written, first) => {
      const rows = written.map(rowOf);
      if (columns.length === 0) columns = Object.keys(rows[0] ?? {});
      for (const row of rows) checkColumns(row, columns);
      return csvText(rows, columns, first);
    },
    finish: (file) => compressed(work, file),
  };
}

function csvText(rows: readonly Row[], columns: readonly string[], header: boolean): string {
  const lone = columns.length === 1;
  return stringify([...rows], {
    columns: [...columns],
    header,
    escape_formulas: true,
    // An empty line would be no record.
    quoted: lone,
    quoted_empty: lone,
    cast: { boolean: String, date: (date) => date.toISOString() },
  });
}

function checkColumns(row: Row, columns: readonly string[]): void {
  const unknown = Object.keys(row).find((name) => !columns.includes(name));
  if (unknown === undefined) return;
  throw new CodeFailure(
    `the processor wrote a column ${JSON.stringify(unknown)}, the columns of this CSV are: ${columns.join(', ')}`,
    'name all columns in output.schema, or write the same columns for every record',
  );
}
