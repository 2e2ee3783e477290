import { stringify } from 'csv-stringify/sync';
import type { Output } from '../../../core/spec/sections/output';
import { csvOutputOf, textCompressionOf } from '../../../core/work/output';
import { outputColumns } from '../../schema/output';
import type { ChunkWork } from '../../work';
import { checkColumns } from './columns';
import { compressText } from './compress';
import { linesFormat } from './lines';
import { type FileFormat, type Row, rowOf, type UseEngine } from './sink';

/** Rows of JSON may differ from one another, so their columns are not known. */
export const jsonLines = ({ config }: ChunkWork, useEngine: UseEngine): FileFormat =>
  linesFormat(async (file) => ({ file: await compressText(file, textCompressionOf(config.spec.output), useEngine) }));

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
    finish: async (file) => ({
      file: await compressText(file, textCompressionOf(output), useEngine),
      columns: columns.map((name) => ({ name, type: 'text' })),
    }),
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
