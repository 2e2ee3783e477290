/**
 * What JSON.parse lets pass and other readers do not, or change without a word: a name twice in one object, half a
 * character, a number too large to be one or too long to be exact, brackets without end. A record must be the same
 * record to every reader, so such a line is none.
 */

/** Python gives up at a thousand, other readers' stacks end somewhere; nobody nests data so deep. */
export const MOST_LEVELS = 500;

export interface StrictOptions {
  /** Whether the reader behind has numbers of its own, as SQL does, which are exact where JavaScript's are not. */
  readonly ownNumbers: boolean;
  /** Whether only a name that stands twice is looked for. @default false */
  readonly namesOnly?: boolean;
}

/** What is wrong with a line that JSON.parse made `value` of; undefined for almost all. */
export function looseJson(text: string, value: object, options: StrictOptions): string | undefined {
  return isPlain(text, value) ? undefined : new Scan(text, options).run();
}

const NAME_ENDS = '":';
/** A quote before a blank, behind which a colon may stand too. */
const QUOTE_AND_BLANK = /"[ \t\r]/;
/** Half a character can only be written as an escape. */
const HALF_AS_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Names end like this and nowhere else outside of strings: as many ends as names leave no room for a name twice. */
function isPlain(text: string, value: object): boolean {
  if (countEnds(text) !== plainNamesIn(value, 1) || QUOTE_AND_BLANK.test(text)) return false;
  return !text.includes('\\u') || !HALF_AS_ESCAPE.test(text);
}

function countEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf(NAME_ENDS); at !== -1; at = text.indexOf(NAME_ENDS, at + NAME_ENDS.length)) count += 1;
  return count;
}

/** Names in a value and all that it holds; none where it is nested too deep, or a number in it may not be what was written. */
function plainNamesIn(value: object, level: number): number {
  if (level > MOST_LEVELS) return Number.NaN;
  const isList = Array.isArray(value);
  const items: unknown[] = isList ? value : Object.values(value);
  let names = isList ? 0 : items.length;
  for (const item of items) {
    if (typeof item === 'number') names += Math.abs(item) <= Number.MAX_SAFE_INTEGER ? 0 : Number.NaN;
    else if (typeof item === 'object' && item !== null) names += plainNamesIn(item, level + 1);
  }
  return names;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const HALF_CHARACTER = /\p{Surrogate}/u;
/** Long enough to recognise, short enough for a reason. */
const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Whether a whole number means the same as JavaScript's number for it, or is how that number is written. */
const isKept = (token: string): boolean => BigInt(token) === BigInt(Number(token)) || String(Number(token)) === token;

/** Goes once over a text that is JSON. */
class Scan {
  private at = 0;
  /** The names of each open object; undefined for a list. */
  private readonly open: (Set<string> | undefined)[] = [];
  private expectsName = false;
  private fault: string | undefined;

  constructor(
    private readonly text: string,
    private readonly options: StrictOptions,
  ) {}

  run(): string | undefined {
    while (this.at < this.text.length && this.fault === undefined) this.step(this.text.charCodeAt(this.at));
    return this.fault;
  }

  private step(code: number): void {
    if (code === QUOTE) {
      this.string();
      return;
    }
    if (code === OPEN_OBJECT) this.enter(new Set());
    else if (code === OPEN_LIST) this.enter(undefined);
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) this.open.pop();
    else if (code === COMMA) this.expectsName = this.open.at(-1) !== undefined;
    else if (code === COLON) this.expectsName = false;
    else if (this.number()) return;
    this.at += 1;
  }

  private enter(names: Set<string> | undefined): void {
    this.open.push(names);
    this.expectsName = names !== undefined;
    if (this.open.length > MOST_LEVELS && !this.options.namesOnly) this.fault = `is nested deeper than ${MOST_LEVELS} levels`;
  }

  private string(): void {
    const end = this.stringEnd();
    const token = this.text.slice(this.at, end);
    const content = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    if (HALF_CHARACTER.test(content) && !this.options.namesOnly) this.fault = `holds half a character: ${shown(token)}`;
    if (this.expectsName) this.name(content);
    this.at = end;
  }

  /** First place behind the closing quote. */
  private stringEnd(): number {
    let quote = this.text.indexOf('"', this.at + 1);
    while (this.isEscaped(quote)) quote = this.text.indexOf('"', quote + 1);
    return quote + 1;
  }

  private isEscaped(quote: number): boolean {
    let first = quote;
    while (this.text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    return (quote - first) % 2 === 1;
  }

  private name(name: string): void {
    const names = this.open.at(-1);
    if (names?.has(name)) this.fault = `names ${JSON.stringify(shown(name))} twice`;
    names?.add(name);
  }

  /** Whether a number stood here. */
  private number(): boolean {
    NUMBER.lastIndex = this.at;
    const [token, fraction, exponent] = NUMBER.exec(this.text) ?? [];
    if (token === undefined) return false;
    if (!this.options.namesOnly) this.fault = this.numberFault(token, fraction === undefined && exponent === undefined);
    this.at += token.length;
    return true;
  }

  private numberFault(token: string, isWhole: boolean): string | undefined {
    if (!Number.isFinite(Number(token))) return `holds the number ${shown(token)}, which is too large`;
    if (!isWhole || this.options.ownNumbers || isKept(token)) return undefined;
    return `holds the whole number ${shown(token)}, which is exact in SQL only`;
  }
}
