import type { Range, ReadRange } from '../../core/contracts';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { cursorOf } from '../rows/text-place';
import type { Source, TextSource } from '../work';

type Window = NonNullable<Range['window']>;

/** Some records of a text source, whose bytes are loaded only when it loads them. */
class NarrowedText implements TextSource {
  readonly kind = 'text';
  readonly object: TextSource['object'];
  readonly origin: number;
  readonly longest: number;
  readonly locate: TextSource['locate'];
  readonly encoding: TextSource['encoding'];
  readonly columns: TextSource['columns'];
  readonly body: number;
  readonly end: number;
  readonly follows: boolean;

  constructor(
    private readonly inner: TextSource,
    readonly read: ReadRange,
    { body, end, follows }: { readonly body: number; readonly end: number; readonly follows: boolean },
  ) {
    this.object = inner.object;
    this.origin = inner.origin;
    this.longest = inner.longest;
    this.locate = inner.locate;
    this.encoding = inner.encoding;
    this.columns = inner.columns;
    this.body = body;
    this.end = end;
    this.follows = follows;
  }

  get bytes(): Buffer {
    return this.inner.bytes;
  }
}

/** Where each of some records begins in a source's bytes, by ascending number; the place behind the last where there are no more. */
export function startsOf(source: TextSource, dialect: CsvDialect | undefined, numbers: readonly number[]): readonly number[] {
  const cursor = cursorOf(source, dialect);
  return numbers.map((number) => {
    while (cursor.records <= number && cursor.next());
    return cursor.records > number ? cursor.start : source.end;
  });
}

/** Of the records of one range only those in a window; its read is that of the whole range, since all of it was read. */
export function narrowed(sources: readonly Source[], window: Window, dialect: CsvDialect | undefined): readonly Source[] {
  const [first] = sources;
  if (!first) return [];
  const of = sources.reduce((sum, { read }) => sum + read.records, 0);
  const [from, to] = [Math.min(window[0], of), Math.min(window[1], of)];
  const whole = { ...first.read, window, of, records: to - from };
  if (first.kind === 'parquet') return [{ ...first, read: whole, firstRow: first.firstRow + from }];
  return narrowedText(sources as readonly TextSource[], [from, to], { whole, dialect });
}

function narrowedText(
  sources: readonly TextSource[],
  [from, to]: Window,
  { whole, dialect }: { readonly whole: ReadRange; readonly dialect: CsvDialect | undefined },
): readonly Source[] {
  const kept: Source[] = [];
  let before = 0;
  for (const source of sources) {
    const [low, high] = [Math.max(from - before, 0), Math.min(to - before, source.read.records)];
    before += source.read.records;
    const isFirst = kept.length === 0;
    // An empty window is still of a range that was read.
    const isWanted = low < high || (isFirst && before >= to);
    if (!isWanted) continue;
    const [body = source.end, end = source.end] = startsOf(source, dialect, [low, high]);
    const read = { ...(isFirst ? whole : source.read), records: Math.max(0, high - low) };
    kept.push(new NarrowedText(source, read, { body, end, follows: !isFirst }));
  }
  return kept;
}
