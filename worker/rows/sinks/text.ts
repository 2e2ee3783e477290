import { stringify } from 'csv-stringify/sync';
import { csvOutputOf, textCompressionOf } from '../../../core/output';
import type { Output } from '../../../core/spec/sections/output';
import { CodeFailure } from '../../failures';
import { outputColumns } from '../../schema/output';
import type { ChunkWork } from '../../work';
import { JsonLines } from '../serialize-json';
import { checkColumns } from './columns';
import { compressText } from './compress';
import { type FileFormat, type Row, rowOf, type UseEngine, type Written } from './sink';

/** Rows that are written at once die young, which is what the engine's memory is good at. */
const LINES_LOT_ROWS = 200;

/** One JSON object per line. */
export function linesEncoder(): Pick<FileFormat, 'lotRows' | 'encode' | 'giveBack'> {
  const lines = new JsonLines();
  return {
    lotRows: LINES_LOT_ROWS,
    encode: (rows) => {
      // One text is written faster than its lines one by one.
      if (rows.every((row) => typeof row === 'string')) lines.addText(rows.join('\n'));
      else for (const row of rows) addLine(lines, row);
      return lines.take();
    },
    giveBack: (bytes) => lines.giveBack(bytes),
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

export const jsonLines = ({ config }: ChunkWork, useEngine: UseEngine): FileFormat => ({
  ...linesEncoder(),
  finish: (file) => compressText(file, textCompressionOf(config.spec.output), useEngine),
});

/** The columns are those of the output schema, else those of the first row. */
export function csv({ config }: ChunkWork, useEngine: UseEngine): FileFormat {
  const { output } = config.spec;
  let columns = outputColumns(config).map(({ name }) => name);
  return {
    encode: (written, first) => {
      const rows = written.map(rowOf);
      if (columns.length === 0) columns = Object.keys(rows[0] ?? {});
      for (const row of rows) checkColumns(row, columns, 'CSV');
      return csvText(rows, columns, { output, first });
    },
    finish: (file) => compressText(file, textCompressionOf(output), useEngine),
  };
}

function csvText(rows: readonly Row[], columns: readonly string[], { output, first }: { output: Output; first: boolean }): string {
  const { header, delimiter, escapeFormulas } = csvOutputOf(output);
  const lone = columns.length === 1;
  return stringify([...rows], {
    columns: [...columns],
    header: header && first,
    delimiter,
    escape_formulas: escapeFormulas,
    // An empty line would be no record.
    quoted: lone,
    quoted_empty: lone,
    cast: { boolean: String, date: (date) => date.toISOString() },
  });
}
