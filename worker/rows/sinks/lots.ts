import type { PartFile } from '../../work';
import { Gathered } from './gathered';
import { addEach, type FileFormat, linesIn, type Sink, type Written } from './sink';

/** Rows are turned into text in lots, so that each costs little. */
const LOT_ROWS = 2000;

/** One file of any format, of which any number may be in use at once. */
export class LotSink implements Sink {
  private lot: Written[] = [];
  private rows = 0;
  private readonly lotRows: number;
  private readonly gathered: Gathered;

  constructor(
    private readonly format: FileFormat,
    private readonly file: string,
  ) {
    this.lotRows = format.lotRows ?? LOT_ROWS;
    this.gathered = new Gathered(file, (bytes) => format.giveBack?.(bytes));
  }

  add(row: Written): Promise<void> | undefined {
    this.lot.push(row);
    return this.lot.length >= this.lotRows ? this.encode() : undefined;
  }

  addLines(lines: Uint8Array): Promise<void> {
    return addEach(this, linesIn(lines));
  }

  async finish(): Promise<readonly PartFile[]> {
    await this.flush();
    return this.rows === 0 ? [] : [{ ...(await this.format.finish(this.file)), rows: this.rows }];
  }

  /** Writes what waits in memory. */
  async flush(): Promise<void> {
    if (this.lot.length > 0) await this.encode();
    await this.gathered.write();
  }

  private encode(): Promise<void> | undefined {
    const rows = this.lot;
    this.lot = [];
    const text = this.format.encode(rows, this.rows === 0);
    this.rows += rows.length;
    return text instanceof Promise ? text.then((bytes) => this.gathered.add(bytes)) : this.gathered.add(bytesOf(text));
  }
}

const bytesOf = (text: string | Buffer): Buffer => (typeof text === 'string' ? Buffer.from(text) : text);
