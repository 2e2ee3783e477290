import type { Check, Chunk, Marker, PartColumns } from '../contracts';
import { check } from './books-of-chunk';

/** One set of columns that parts have, with the first chunk that made such a part. */
export interface ColumnSet extends PartColumns {
  readonly chunk: string;
}

/** The different sets of columns among the parts of chunks; a chunk of which none is known fits every one. */
export function columnSetsOf(
  leaves: readonly Pick<Chunk, 'id'>[],
  markers: ReadonlyMap<string, Pick<Marker, 'columns'>>,
): readonly ColumnSet[] {
  const sets = new Map<string, ColumnSet>();
  for (const { id } of leaves) {
    const columns = markers.get(id)?.columns;
    if (columns && !sets.has(columns.digest)) sets.set(columns.digest, { ...columns, chunk: id });
  }
  return [...sets.values()];
}

const SHOWN_SETS = 3;

/** Two sets of columns, in words; more are not shown. */
export const describeSets = (sets: readonly ColumnSet[]): string =>
  sets
    .slice(0, SHOWN_SETS)
    .map(({ chunk, shown }) => `${shown} (chunk ${chunk})`)
    .join(' and ');

/** Readers take the parts for one table, so the columns of one part must be those of all. */
export function columnsCheck(leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): readonly Check[] {
  const sets = columnSetsOf(leaves, markers);
  if (sets.length === 0) return [];
  const [first] = sets;
  return [check('parts have one set of columns', first?.shown ?? '', sets.length === 1 ? (first?.shown ?? '') : describeSets(sets))];
}
