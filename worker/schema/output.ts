import type { JobConfig } from '../../core/contracts';
import { decimalOf } from '../../core/decimal';
import { type Column, columnsOf, propertiesOf, sqlType } from './columns';

type Output = Pick<JobConfig, 'spec' | 'schemas'>;

/** The columns that the output schema names and a part holds: all but those that became folders. */
export const outputColumns = ({ spec, schemas }: Output): readonly Column[] =>
  schemaColumns({ schemas }).filter(({ name }) => !spec.output.partitionBy?.includes(name));

/** All the columns that the output schema names. */
export const schemaColumns = ({ schemas }: Pick<Output, 'schemas'>): readonly Column[] =>
  columnsOf(Object.keys(propertiesOf(schemas.output)), schemas.output);

/** Formats that say more about a number than its kind does. */
const NARROW: Readonly<Record<string, string>> = { int32: 'INTEGER', float: 'FLOAT' };

/** The SQL type that a column of the output is stored with. */
export function storedType(column: Column): string {
  const format = String(column.schema.format ?? '');
  const decimal = column.kind === 'number' || column.kind === 'string' ? decimalOf(format) : undefined;
  if (decimal) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  const narrow = column.kind === 'integer' || column.kind === 'number' ? NARROW[format] : undefined;
  return narrow ?? sqlType(column);
}
