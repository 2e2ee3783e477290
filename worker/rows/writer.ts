import path from 'node:path';
import { type RowFormat, rowFormatOf } from '../../core/output';
import type { ChunkWork, PartFile } from '../work';
import { parquet } from './sinks/parquet';
import { type FileFormat, FileSink, type Sink, type Written } from './sinks/sink';
import { csv, jsonLines } from './sinks/text';

const FORMATS: Readonly<Record<RowFormat, (work: ChunkWork) => FileFormat>> = { csv, jsonl: jsonLines, parquet };

/** Writes a chunk's parts from rows that arrive one by one. */
export class RowWriter {
  private readonly sink: Sink;
  rows = 0;

  constructor(work: ChunkWork) {
    this.sink = new FileSink(FORMATS[rowFormatOf(work.config.spec.output)](work), path.join(work.scratch, 'part'));
  }

  /** Takes a row; awaits only when a lot is full. */
  add(row: Written): Promise<void> | undefined {
    this.rows += 1;
    return this.sink.add(row);
  }

  /** Finishes the parts; none when there was no row. */
  finish(): Promise<readonly PartFile[]> {
    return this.sink.finish();
  }
}
