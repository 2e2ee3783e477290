import Table from 'cli-table3';

/** A rule below the head only: tables of ours are read, not counted. */
const NO_RULES = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** A table that looks like the others; without a head it has no rules at all. */
export const newTable = (options: { readonly head?: string[]; readonly rightFrom?: number } = {}): Table.Table =>
  new Table({
    ...(options.head && { head: options.head }),
    ...(options.head && options.rightFrom !== undefined && { colAligns: alignments(options.head.length, options.rightFrom) }),
    chars: NO_RULES,
    style: { head: [], border: [], compact: options.head !== undefined },
  });

const alignments = (columns: number, rightFrom: number): Table.HorizontalAlignment[] =>
  Array.from({ length: columns }, (_, column) => (column >= rightFrom ? 'right' : 'left'));
