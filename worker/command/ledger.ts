import type { Fault } from '../../core/fault';
import { harmless } from '../../core/harmless';
import { CodeFailure, type LastAnswer } from '../failures';
import { badRecord } from '../rows/records';
import type { Row } from '../rows/serialize-json';
import { linesIn } from '../rows/sinks/sink';
import type { RowWriter } from '../rows/writer';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork } from '../work';
import { type Answer, AnswerReader } from './answers';
import type { Asked } from './asked';
import { type Place, Waiting } from './waiting';

/** How much of a line that is no answer is shown. */
const SHOWN_CHARACTERS = 80;

const PROTOCOL = 'one line per record, in order: {"ok": {…}}, {"filter": true} or {"skip": "reason"}';

type Desk = Pick<ChunkWork, 'config' | 'quarantine'>;

/** Turns a program's answers into rows, or into quarantine, and keeps count of the records that it was asked about. */
export class Ledger {
  filtered = 0;
  private answered = 0;
  private readonly waiting = new Waiting();
  private readonly answers = new AnswerReader();
  private readonly validate: Validate;
  private readonly checksRows: boolean;

  constructor(
    private readonly desk: Desk,
    private readonly writer: RowWriter,
  ) {
    const { output } = desk.config.schemas;
    this.checksRows = output !== undefined;
    this.validate = validatorOf(output, 'output');
  }

  /** Records that wait for an answer. */
  get open(): number {
    return this.waiting.size;
  }

  /** The record that was answered last. */
  get last(): LastAnswer | undefined {
    return this.answered > 0 ? this.waiting.place() : undefined;
  }

  /** Notes the records that the program is about to be asked about; bad ones go straight to quarantine. */
  admit({ batch, bad }: Asked): void {
    for (const { place, fault } of bad) this.setAside(place, fault);
    this.waiting.push(batch);
  }

  /** Takes whole lines of answers, each ready when it is written. */
  async take(lines: Buffer): Promise<void> {
    this.answers.load(lines);
    while (this.answers.hasMore) {
      const written = this.next();
      if (written) await written;
    }
  }

  /** No more answers come. */
  close(): void {
    this.answers.close();
  }

  /** How far the program has come, for people. */
  progress(): string {
    const { last: record } = this;
    const last = record ? `its last answer was for the record at offset ${record.offset}` : 'before its first answer';
    return ` (${this.answered} records answered, ${last})`;
  }

  /** What the program did that the protocol does not allow. */
  failure(what: string): CodeFailure {
    return new CodeFailure(`the command ${what}${this.progress()}`, PROTOCOL, this.last);
  }

  /** A promise where the writer has to catch up. */
  private next(): Promise<void> | undefined {
    if (this.open === 0) throw this.failure('answered more lines than it was given records');
    const answer = this.answers.next(this.open);
    if (!answer) throw this.failure(`answered ${shown(this.answers.line)}`);
    if (answer.kind === 'rows') return this.settleRows(answer);
    this.goOn(1);
    if (answer.kind === 'ok') return this.write(answer.text, answer.row);
    if (answer.kind === 'filter') this.filtered += 1;
    else this.setAside(this.waiting.place(), answer.fault);
    return undefined;
  }

  private settleRows({ rows, count }: Answer & { readonly kind: 'rows' }): Promise<void> | undefined {
    if (this.checksRows) return this.checkAll(linesIn(rows));
    this.goOn(count);
    return this.writer.addLines(rows, count);
  }

  private async checkAll(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      this.goOn(1);
      const full = this.write(text, JSON.parse(text));
      if (full) await full;
    }
  }

  private goOn(records: number): void {
    this.waiting.next(records);
    this.answered += records;
  }

  private write(text: string, row: Row): Promise<void> | undefined {
    const fault = this.validate(row);
    if (!fault) return this.writer.add(text);
    this.setAside(this.waiting.place(), fault);
    return undefined;
  }

  private setAside(place: Place, fault: Fault): void {
    this.desk.quarantine.add(badRecord(place, fault));
  }
}

const shown = (line: string): string => JSON.stringify(harmless(line.slice(0, SHOWN_CHARACTERS)));
