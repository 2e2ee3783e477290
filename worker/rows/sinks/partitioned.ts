import { hivePath } from '../../../core/work/hive';
import { maxPartitionsOf } from '../../../core/work/output';
import { CodeFailure } from '../../failures';
import { tooManyPartitions } from '../../partitions';
import type { ChunkWork, PartFile } from '../../work';
import type { LotSink } from './lots';
import { addEach, linesIn, type Row, rowOf, type Sink, type Written } from './sink';

/** Rows that wait in memory, of all partitions together; no file is open while they do. */
const WAITING_ROWS = 20_000;

/** Spreads rows over one sink for each partition. */
export class PartitionedSink implements Sink {
  private readonly sinks = new Map<string, LotSink>();
  private readonly most: number;
  private waiting = 0;

  constructor(
    { config }: ChunkWork,
    private readonly columns: readonly string[],
    private readonly open: (partition: number) => LotSink,
  ) {
    this.most = maxPartitionsOf(config.spec.output);
  }

  add(written: Written): Promise<void> | undefined {
    const row = rowOf(written);
    const path = hivePath(this.columns.map((column) => [column, textOf(row, column)]));
    this.waiting += 1;
    const full = this.sinkOf(path).add(this.withoutColumns(row));
    return full ?? (this.waiting >= WAITING_ROWS ? this.flush() : undefined);
  }

  addLines(lines: Uint8Array): Promise<void> {
    return addEach(this, linesIn(lines));
  }

  async finish(): Promise<readonly PartFile[]> {
    const parts: PartFile[] = [];
    for (const [partition, sink] of [...this.sinks].toSorted(byPath)) {
      parts.push(...(await sink.finish()).map((part) => ({ ...this.withFolders(part), partition })));
    }
    return parts;
  }

  private sinkOf(path: string): LotSink {
    const known = this.sinks.get(path);
    if (known) return known;
    if (this.sinks.size === this.most) throw tooManyPartitions(this.columns, this.most);
    const sink = this.open(this.sinks.size);
    this.sinks.set(path, sink);
    return sink;
  }

  /** The columns that became folders are columns of the part to its readers. */
  private withFolders(part: PartFile): PartFile {
    const folders = this.columns.map((name) => ({ name, type: 'folder' }));
    return part.columns ? { ...part, columns: [...part.columns, ...folders] } : part;
  }

  private withoutColumns(row: Row): Row {
    return Object.fromEntries(Object.entries(row).filter(([name]) => !this.columns.includes(name)));
  }

  private async flush(): Promise<void> {
    this.waiting = 0;
    for (const sink of this.sinks.values()) await sink.flush();
  }
}

const byPath = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

function textOf(row: Row, column: string): string | null {
  const value = Object.hasOwn(row, column) ? row[column] : null;
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') {
    throw new CodeFailure(
      `the column ${JSON.stringify(column)} of output.partitionBy holds ${Array.isArray(value) ? 'a list' : 'an object'}, which is no folder's name`,
      'partition by columns of text, numbers, booleans or dates',
    );
  }
  return String(value);
}
