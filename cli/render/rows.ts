import type { SampleRows } from '../sample-rows';
import { newTable } from './table';
import { safe, shorten } from './text';

/** Wide enough for a time stamp, narrow enough for three records beside their column on 80 characters. */
const CELL_WIDTH = 19;
const COLUMN_WIDTH = 24;

/** One line per column and one column per record, since records are often wider than a terminal. */
export function renderRows({ columns, rows }: SampleRows): string {
  const table = newTable({ head: ['column', ...rows.map((_, index) => `record ${index + 1}`)] });
  columns.forEach((column, index) => {
    table.push([shorten(safe(column), COLUMN_WIDTH), ...rows.map((row) => shorten(safe(row[index] ?? ''), CELL_WIDTH))]);
  });
  return `${table.toString()}\n`;
}
