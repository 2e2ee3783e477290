import type { PartColumns } from '../contracts';
import { harmless } from '../harmless';
import { digest } from '../run-id';
import type { Output } from '../spec/sections/output';

/** A column of a part as it was written; columns that became folders count as well. */
export interface PartColumn {
  readonly name: string;
  readonly type: string;
}

/** Wide tables have thousands of columns, and a run a marker for each chunk. */
const SHOWN_CHARACTERS = 200;

const byName = (a: PartColumn, b: PartColumn): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function textOf(columns: readonly PartColumn[]): string {
  const text = harmless(columns.map(({ name, type }) => `${name} ${type}`).join(', '));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}… (${columns.length} columns)` : text;
}

/** What tells parts with different columns apart. Readers find the values of CSV by their place, those of other formats by name. */
export function fingerprintColumns(columns: readonly PartColumn[], { format }: Pick<Output, 'format'>): PartColumns {
  const told = format === 'csv' ? columns : columns.toSorted(byName);
  return { digest: digest(told.map(({ name, type }) => [name, type])), shown: textOf(columns) };
}
