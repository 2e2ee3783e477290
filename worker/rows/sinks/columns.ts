import { CodeFailure } from '../../failures';
import type { Row } from './sink';

/** A column that the file has no place for would be lost without a word. */
export function checkColumns(row: Row, columns: readonly string[], format: string): void {
  const unknown = Object.keys(row).find((name) => !columns.includes(name));
  if (unknown === undefined) return;
  throw new CodeFailure(
    `the processor wrote a column ${JSON.stringify(unknown)}, the columns of this ${format} are: ${columns.join(', ')}`,
    'name all columns in output.schema, or write the same columns for every record',
  );
}
