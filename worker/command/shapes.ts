/**
 * Most programs answer with the same columns in the same order every time. Such an answer is known by one look of the
 * engine's own pattern search, a tenth of what it costs to make a value of it, and is JSON by that look.
 */

const STRING = String.raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"`;
/** Without an exponent and of so few digits that it is within every reader's range. */
const NUMBER = String.raw`-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,40})?`;
const SCALAR = `(?:${STRING}|${NUMBER}|true|false|null)`;

/** A space where most programs put one. */
const SPACE = ' ?';

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** Rows of other shapes are read one by one; a program with so many has no shape worth knowing. */
const MOST_SHAPES = 8;
/** A pattern over more columns would be large for what it saves. */
const MOST_COLUMNS = 500;

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** Shapes of rows that were seen so far. */
export class Shapes {
  private patterns: readonly RegExp[] = [];

  /** Whether a line is `{"ok": {…}}` with a row of a known shape: flat, every column once. */
  knows(line: string): boolean {
    const { patterns } = this;
    for (let i = 0; i < patterns.length; i += 1) if ((patterns[i] as RegExp).test(line)) return true;
    return false;
  }

  /** Takes note of the shape of a row. */
  learn(row: Readonly<Record<string, unknown>>): void {
    if (this.patterns.length >= MOST_SHAPES) return;
    const names = Object.keys(row);
    if (names.length === 0 || names.length > MOST_COLUMNS || !Object.values(row).every(isScalar)) return;
    const columns = names.map((name) => `${escaped(JSON.stringify(name))}:${SPACE}${SCALAR}`);
    const pattern = `^\\{"ok":${SPACE}\\{${columns.join(`,${SPACE}`)}\\}\\}$`;
    if (this.patterns.every(({ source }) => source !== pattern)) this.patterns = [new RegExp(pattern), ...this.patterns];
  }
}
