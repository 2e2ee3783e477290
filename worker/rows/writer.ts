import path from 'node:path';
import { type RowFormat, rowFormatOf } from '../../core/work/output';
import { Engine, literal } from '../engine';
import { evaluate, looksAtRows } from '../quality/evaluate';
import type { ChunkWork, Outcome, PartFile } from '../work';
import { avro } from './sinks/avro';
import { LineSink } from './sinks/lines';
import { LotSink } from './sinks/lots';
import { jsonRelation, parquet } from './sinks/parquet';
import { PartitionedSink } from './sinks/partitioned';
import type { FileFormat, Sink, UseEngine, Written } from './sinks/sink';
import { csv, jsonLines } from './sinks/text';

type MakeFormat = (work: ChunkWork, useEngine: UseEngine) => FileFormat;
const FORMATS: Readonly<Record<RowFormat, MakeFormat>> = { csv, jsonl: jsonLines, parquet, avro };

/** The sink of a part that is not one of many. */
const sinkOf = (format: FileFormat, file: string): Sink => (format.isLines ? new LineSink(file, format.finish) : new LotSink(format, file));

/** Writes a chunk's parts from rows that arrive one by one. */
export class RowWriter {
  private readonly sink: Sink;
  /** The rows once more, as JSON lines, where the parts themselves cannot be looked at. */
  private readonly copy: Sink | undefined;
  private engine: Engine | undefined;
  rows = 0;

  constructor(private readonly work: ChunkWork) {
    const { output } = work.config.spec;
    const format = FORMATS[rowFormatOf(output)](work, () => this.useEngine());
    const file = path.join(work.scratch, 'part');
    this.sink = output.partitionBy
      ? new PartitionedSink(work, output.partitionBy, (partition) => new LotSink(format, `${file}-${partition}`))
      : sinkOf(format, file);
    const isReadable = output.format === 'parquet' && !output.partitionBy;
    if (looksAtRows(work) && !isReadable) this.copy = new LineSink(`${file}.jsonl`, async (lines) => ({ file: lines }));
  }

  /** Takes a row; awaits only when much has gathered. */
  add(row: Written): Promise<void> | undefined {
    this.rows += 1;
    return this.written(this.sink.add(row), this.copy?.add(row));
  }

  /** Takes rows as lines of JSON, whose bytes are read at once. */
  addLines(lines: Uint8Array, rows: number): Promise<void> | undefined {
    this.rows += rows;
    return this.written(this.sink.addLines(lines, rows), this.copy?.addLines(lines, rows));
  }

  private written(full: Promise<void> | undefined, copied: Promise<void> | undefined): Promise<void> | undefined {
    // Both at once, so that a failure of either is heard.
    const waiting = full && copied ? Promise.all([full, copied]) : (full ?? copied);
    return waiting && this.work.meter.time('write', async () => void (await waiting));
  }

  /** Finishes the parts, none when there was no row, and looks at them by the job's quality rules. */
  async finish(): Promise<Pick<Outcome, 'parts' | 'quality'>> {
    try {
      return await this.work.meter.time('write', () => this.finishAll());
    } finally {
      this.engine?.close();
    }
  }

  private async finishAll(): Promise<Pick<Outcome, 'parts' | 'quality'>> {
    const parts = await this.sink.finish();
    const copies = await this.copy?.finish();
    if (this.rows === 0 || !looksAtRows(this.work)) return { parts };
    return { parts, quality: await evaluate(await this.useEngine(), this.relation(copies ?? parts), this.work) };
  }

  /** The rows as SQL sees them. */
  private relation(files: readonly PartFile[]): string {
    const list = files.map(({ file }) => literal(file)).join(', ');
    return this.copy ? jsonRelation(list, this.work.config, true) : `read_parquet([${list}])`;
  }

  /** Opened when a format needs it, and then for all parts. */
  private async useEngine(): Promise<Engine> {
    this.engine ??= await Engine.open(this.work.scratch, this.work.profile);
    return this.engine;
  }
}
