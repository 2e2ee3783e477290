import { type Check, type Chunk, type Marker, type Range, rowsOf } from '../contracts';

/** One thing that must be so, and what it is. */
export const check = (name: string, expected: string | number, actual: string | number): Check => ({
  name,
  ok: expected === actual,
  expected: String(expected),
  actual: String(actual),
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

type Asked = Pick<Range, 'object' | 'window'>;
const asked = (ranges: readonly Asked[]): string =>
  ranges.map(({ object, window }) => (window ? `object ${object} records ${window.join('..')}` : `object ${object}`)).join(', ');

/** The marker speaks of what the chunk was to read: range by range the same objects and windows. */
const readAsAsked = ({ id, ranges }: Chunk, { read }: Marker): Check =>
  check(`chunk ${id} read what it was given`, asked(ranges), asked(read));

function balance({ id }: Chunk, { counts }: Marker): Check {
  const { read, written, filtered, quarantined } = counts;
  return check(`chunk ${id}: read = written + filtered + quarantined`, read, written + filtered + quarantined);
}

/** Of whole files a program makes as many as it likes; of a record at least one row, or it was not written. */
function rowsMade({ id }: Chunk, { counts }: Marker, files: boolean): readonly Check[] {
  const [made, { written }] = [rowsOf(counts), counts];
  const isOdd = made < written || (written === 0 && made > 0);
  return isOdd && !files ? [check(`chunk ${id}: each record written made a row or more`, written, made)] : [];
}

/** Everything that one chunk's marker must agree on with its chunk and with itself. */
export function chunkChecks(chunk: Chunk, marker: Marker | undefined, files: boolean): readonly Check[] {
  const { id } = chunk;
  if (!marker) return [check(`chunk ${id} is committed`, 'marker', 'none')];
  const { counts, read, parts, quarantine, bytes } = marker;
  return [
    check(`the marker of chunk ${id} is its own`, id, marker.chunk),
    readAsAsked(chunk, marker),
    check(`chunk ${id}: records read were counted by the splitter`, sum(read.map(({ records }) => records)), counts.read),
    balance(chunk, marker),
    ...rowsMade(chunk, marker, files),
    check(`chunk ${id}: rows of its parts`, rowsOf(counts), sum(parts.map(({ rows }) => rows))),
    check(`chunk ${id}: bytes of its parts`, bytes.written, sum(parts.map((part) => part.bytes))),
    check(`chunk ${id}: records in its quarantine`, counts.quarantined, quarantine?.records ?? 0),
  ];
}
