import type { Piece, Range } from '../../core/contracts';
import { dialectOf } from '../../core/records';
import type { JobSpec } from '../../core/spec/schema';
import type { FileSource, Source } from '../work';
import { startsOf } from './narrow';

/** A range of a chunk as it was read, and how many records it gave. */
interface Unit {
  readonly range: Range;
  readonly records: number;
  readonly sources: readonly (Source | FileSource)[];
}

/** What a chunk's ranges were read as. */
export interface ReadChunk {
  readonly ranges: readonly Range[];
  readonly sources: readonly (Source | FileSource)[];
  readonly input: JobSpec['input'];
}

/** Sources that go on with the text of the one before are of the same range. */
function unitsOf({ ranges, sources }: ReadChunk): readonly Unit[] {
  const groups: (Source | FileSource)[][] = [];
  for (const source of sources) {
    const group = source.kind === 'text' && source.follows ? groups.at(-1) : undefined;
    if (group) group.push(source);
    else groups.push([source]);
  }
  return ranges.map((range, i) => {
    const mine = groups[i] ?? [];
    return { range, sources: mine, records: mine.reduce((sum, { read }) => sum + read.records, 0) };
  });
}

export const recordsIn = ({ sources }: Pick<ReadChunk, 'sources'>): number => sources.reduce((sum, { read }) => sum + read.records, 0);

/**
 * The chunk in pieces that begin with the records of these numbers, ascending, none of them the first. Plain text is cut
 * between its bytes. What must be expanded or decoded before records show is cut by their numbers, and each piece reads
 * all of it.
 */
export function piecesAt(chunk: ReadChunk, numbers: readonly number[]): readonly Piece[] {
  const pieces: Range[][] = [[]];
  let before = 0;
  for (const unit of unitsOf(chunk)) {
    if (pieces.length <= numbers.length && numbers[pieces.length - 1] === before) pieces.push([]);
    const inside = numbers.filter((number) => number > before && number < before + unit.records).map((number) => number - before);
    for (const [i, range] of rangesAt(unit, inside, chunk.input).entries()) {
      if (i > 0) pieces.push([]);
      pieces.at(-1)?.push(range);
    }
    before += unit.records;
  }
  const bounds = [0, ...numbers, before];
  return pieces.map((ranges, i) => ({ ranges, records: (bounds[i + 1] ?? before) - (bounds[i] ?? 0) }));
}

function rangesAt(unit: Unit, inside: readonly number[], input: JobSpec['input']): readonly Range[] {
  if (inside.length === 0) return [unit.range];
  const [source] = unit.sources;
  const isPlain = source?.kind === 'text' && !source.object.compression && !unit.range.window && input.format !== 'avro';
  if (!isPlain) return windowsAt(unit, inside);
  const starts = startsOf(source, dialectOf(input), inside).map((place) => source.origin + place);
  const edges = [unit.range.start, ...starts, unit.range.end];
  return edges.slice(1).map((end, i) => ({ ...unit.range, start: edges[i] ?? end, end }));
}

function windowsAt({ range, records }: Unit, inside: readonly number[]): readonly Range[] {
  const [base] = range.window ?? [0];
  const edges = [0, ...inside, records];
  return edges.slice(1).map((last, i) => ({ ...range, window: [base + (edges[i] ?? 0), base + last] }));
}
