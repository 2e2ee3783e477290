import path from 'node:path';
import { type RowFormat, rowFormatOf } from '../../core/output';
import { Engine } from '../engine';
import type { ChunkWork, PartFile } from '../work';
import { avro } from './sinks/avro';
import { parquet } from './sinks/parquet';
import { PartitionedSink } from './sinks/partitioned';
import { type FileFormat, FileSink, type Sink, type UseEngine, type Written } from './sinks/sink';
import { csv, jsonLines } from './sinks/text';

type MakeFormat = (work: ChunkWork, useEngine: UseEngine) => FileFormat;
const FORMATS: Readonly<Record<RowFormat, MakeFormat>> = { csv, jsonl: jsonLines, parquet, avro };

/** Writes a chunk's parts from rows that arrive one by one. */
export class RowWriter {
  private readonly sink: Sink;
  private engine: Engine | undefined;
  rows = 0;

  constructor(private readonly work: ChunkWork) {
    const { output } = work.config.spec;
    const format = FORMATS[rowFormatOf(output)](work, () => this.useEngine());
    const file = path.join(work.scratch, 'part');
    this.sink = output.partitionBy
      ? new PartitionedSink(work, output.partitionBy, (partition) => new FileSink(format, `${file}-${partition}`))
      : new FileSink(format, file);
  }

  /** Takes a row; awaits only when a lot is full. */
  add(row: Written): Promise<void> | undefined {
    this.rows += 1;
    const waiting = this.sink.add(row);
    return waiting && this.work.meter.time('write', () => waiting);
  }

  /** Finishes the parts; none when there was no row. */
  async finish(): Promise<readonly PartFile[]> {
    try {
      return await this.work.meter.time('write', () => this.sink.finish());
    } finally {
      this.engine?.close();
    }
  }

  /** Opened when a format needs it, and then for all parts. */
  private async useEngine(): Promise<Engine> {
    this.engine ??= await Engine.open(this.work.scratch, this.work.profile);
    return this.engine;
  }
}
