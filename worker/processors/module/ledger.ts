import { Fault } from '../../../core/fault';
import { CodeFailure } from '../../failures';
import { badRecord, type ReadRecord } from '../../rows/records';
import type { RowWriter } from '../../rows/writer';
import { type Validate, validatorOf } from '../../schema/validator';
import type { ChunkWork } from '../../work';
import { culprit, placeOf } from './tries';

type Row = Readonly<Record<string, unknown>>;

/** Turns answers into rows, or into quarantine, and keeps count of the records. */
export class Ledger {
  /** Records that made at least one row. */
  written = 0;
  filtered = 0;
  private readonly validate: Validate;

  constructor(
    private readonly work: ChunkWork,
    private readonly writer: RowWriter,
  ) {
    this.validate = validatorOf(work.config.schemas.output, 'output');
  }

  /** Settles one record; awaits only when rows must be written out. */
  settle(record: ReadRecord, answer: unknown): Promise<void> | undefined {
    if (answer instanceof Fault) return this.setAside(record, answer);
    if (Array.isArray(answer)) return this.several(record, answer);
    if (answer === null) {
      this.filtered += 1;
      return undefined;
    }
    checkRow(answer, record);
    const fault = this.validate(answer);
    if (fault) return this.setAside(record, fault);
    this.written += 1;
    return this.writer.add(answer);
  }

  /** All rows of a record or none: one that is not valid sends the record to quarantine. */
  private several(record: ReadRecord, rows: readonly unknown[]): Promise<void> | undefined {
    if (rows.length === 0) return this.settle(record, null);
    for (const [index, row] of rows.entries()) {
      checkRow(row, record);
      const fault = this.validate(row);
      if (fault) return this.setAside(record, new Fault(fault.faultClass, `row ${index + 1} of ${rows.length}: ${fault.reason}`));
    }
    this.written += 1;
    return this.addAll(rows as readonly Row[]);
  }

  private async addAll(rows: readonly Row[]): Promise<void> {
    for (const row of rows) await this.writer.add(row);
  }

  private setAside(record: ReadRecord, fault: Fault): undefined {
    this.work.quarantine.add(badRecord(record, fault));
    return undefined;
  }
}

function checkRow(answer: unknown, record: ReadRecord): asserts answer is Row {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return;
  throw new CodeFailure(
    `the processor answered ${answer === null ? 'null among rows' : Array.isArray(answer) ? 'an array among rows' : typeof answer} for ${placeOf(record)}, ` +
      'allowed: one record, an array of records, or null',
    'return an object, an array of objects, or null to leave the record out',
    culprit(record),
  );
}
