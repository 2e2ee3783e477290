import { KIB } from '../../../core/units';
import { CodeFailure } from '../../failures';
import type { PartFile } from '../../work';
import { JsonLines } from '../serialize-json';
import { Gathered } from './gathered';
import type { FileFormat, Finish, Sink, Written } from './sink';

/** Handed on when so much has gathered. */
const TAKEN_BYTES = 64 * KIB;

/** One file of JSON lines: every row is written into memory at once, so nobody holds it any longer. */
export class LineSink implements Sink {
  private rows = 0;
  private readonly lines = new JsonLines();
  private readonly gathered: Gathered;

  constructor(
    private readonly file: string,
    private readonly finishFile: Finish,
  ) {
    this.gathered = new Gathered(file, (bytes) => this.lines.giveBack(bytes));
  }

  add(row: Written): Promise<void> | undefined {
    addLine(this.lines, row);
    return this.added(1);
  }

  addLines(lines: Uint8Array, rows: number): Promise<void> | undefined {
    this.lines.addLines(lines);
    return this.added(rows);
  }

  async finish(): Promise<readonly PartFile[]> {
    if (this.lines.length > 0) await this.gathered.add(this.lines.take());
    await this.gathered.write();
    return this.rows === 0 ? [] : [{ ...(await this.finishFile(this.file)), rows: this.rows }];
  }

  private added(rows: number): Promise<void> | undefined {
    this.rows += rows;
    return this.lines.length >= TAKEN_BYTES ? this.gathered.add(this.lines.take()) : undefined;
  }
}

/** Rows of several files share the memory that they are written into, so each file's are written in lots. */
const SHARED_LOT_ROWS = 200;

/** One JSON object per line. */
export function linesFormat(finish: Finish): FileFormat {
  const lines = new JsonLines();
  return {
    isLines: true,
    lotRows: SHARED_LOT_ROWS,
    encode: (rows) => {
      for (const row of rows) addLine(lines, row);
      return lines.take();
    },
    giveBack: (bytes) => lines.giveBack(bytes),
    finish,
  };
}

function addLine(lines: JsonLines, row: Written): void {
  try {
    if (typeof row === 'string') lines.addText(row);
    else lines.add(row);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodeFailure(
      `the processor wrote a row that cannot be JSON: ${said}`,
      'return plain values: no bigint, no object within itself',
    );
  }
}
