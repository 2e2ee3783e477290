import { Fault } from '../../core/fault';
import { looseJson } from '../../core/records/strict-json';
import type { Row } from '../rows/sinks/sink';
import { KnownRows } from '../simd/known-rows';

/** A program's answers: several rows as lines, good until the next answer is read, where they are spelled as others before, or one for one record. */
export type Answer =
  | { readonly kind: 'rows'; readonly rows: Uint8Array; readonly count: number }
  | { readonly kind: 'ok'; readonly text: string; readonly row: Row }
  | { readonly kind: 'filter' }
  | { readonly kind: 'bad'; readonly fault: Fault };

const TOO_LARGE = new Fault('OUTPUT', 'output: holds a number beyond what readers of JSON can hold');
const FILTER: Answer = { kind: 'filter' };
const FILTER_LINES: ReadonlySet<string> = new Set(['{"filter":true}', '{"filter": true}']);

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Of a reason, which goes to quarantine with every record that it is given for. */
const REASON_CHARACTERS = 1000;

/** Reads a program's answers one after the other; a row is published as the program spelled it. */
export class AnswerReader {
  /** The line that was read last, where it was not one of many. */
  line = '';
  private readonly rows = new KnownRows();
  private lines: Buffer = Buffer.alloc(0);
  private at = 0;

  /** Goes on to other lines, whose bytes are UTF-8; the last one may lack its line feed. */
  load(bytes: Buffer): void {
    const isWhole = bytes[bytes.length - 1] === LINE_FEED;
    this.lines = isWhole ? bytes : Buffer.concat([bytes, Buffer.of(LINE_FEED)]);
    this.rows.load(this.lines);
    this.at = 0;
  }

  /** Nothing more is read. */
  close(): void {
    this.rows.close();
  }

  get hasMore(): boolean {
    return this.at < this.lines.length;
  }

  /** The answers that stand next, for so many records at most; undefined when the next line is none. */
  next(most: number): Answer | undefined {
    const { lines, at } = this;
    const found = this.rows.find(at, most);
    if (found) {
      this.at = found.next;
      return { kind: 'rows', ...found };
    }
    const feed = lines.indexOf(LINE_FEED, at);
    this.at = feed + 1;
    this.line = lines.toString('utf8', at, lines[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed);
    const answer = FILTER_LINES.has(this.line) ? FILTER : this.parse(this.line);
    if (answer?.kind === 'ok') this.rows.learn(answer.row, at);
    return answer;
  }

  private parse(line: string): Answer | undefined {
    const value = parseJson(line);
    if (!isObject(value)) return undefined;
    const [key, ...others] = Object.keys(value);
    if (others.length > 0) return undefined;
    const { ok, filter, skip } = value;
    if (key === 'filter' && filter === true) return FILTER;
    if (key === 'skip' && typeof skip === 'string') return { kind: 'bad', fault: new Fault('SKIPPED', skip.slice(0, REASON_CHARACTERS)) };
    return key === 'ok' && isObject(ok) ? this.rowOf(line, value, ok) : undefined;
  }

  private rowOf(line: string, answer: Row, row: Row): Answer {
    if (!isStorable(row)) return { kind: 'bad', fault: TOO_LARGE };
    const isClear = looseJson(line, answer, { ownNumbers: true, namesOnly: true }) === undefined && !line.includes('\r');
    return { kind: 'ok', row, text: isClear ? spelled(line) : JSON.stringify(row) };
  }
}

/** The row as it stands in the line; only where no key is repeated, or readers would not agree on what it says. */
const spelled = (line: string): string => line.slice(line.indexOf(':') + 1, line.lastIndexOf('}')).trim();

/** Whether a value and all within it holds only numbers that JSON can hold. */
function isStorable(row: Row): boolean {
  const open: unknown[] = [row];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'number' && !Number.isFinite(value)) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const one of Object.values(value)) open.push(one);
  }
  return true;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON, so no answer.
    return undefined;
  }
}

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
