import { appendFileSync, writeFileSync } from 'node:fs';
import { lineBreakOf } from '../../core/contracts';
import { fromUtf8 } from '../../core/records/from-utf8';
import type { WholeRecord } from './whole-records';

/** A file of records as they stood in theirs, each with its own line break. */
export class LineFile {
  /** What a record that had no line break gets once another follows it. */
  private missing: Buffer | undefined;

  constructor(
    readonly file: string,
    start: Buffer = Buffer.alloc(0),
  ) {
    writeFileSync(file, start);
  }

  add({ record, bytes }: WholeRecord): void {
    const lineBreak = lineBreakOf(record);
    appendFileSync(this.file, Buffer.concat([this.missing ?? Buffer.alloc(0), bytes, lineBreak]));
    this.missing = lineBreak.length === 0 ? fromUtf8(Buffer.from('\n'), record.encoding ?? 'utf-8') : undefined;
  }
}
