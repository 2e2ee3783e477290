import { Fault } from '../../core/fault';
import { looseJson } from '../../core/records/strict-json';
import type { Row } from '../rows/sinks/sink';
import { Shapes } from './shapes';

/** A program's answer for one record. `row` is absent where nobody needed it to know that the text is one. */
export type Answer =
  | { readonly kind: 'ok'; readonly text: string; readonly row?: Row }
  | { readonly kind: 'filter' }
  | { readonly kind: 'bad'; readonly fault: Fault };

const TOO_LARGE = new Fault('OUTPUT', 'output: holds a number beyond what readers of JSON can hold');
const FILTER: Answer = { kind: 'filter' };
const FILTER_LINES: ReadonlySet<string> = new Set(['{"filter":true}', '{"filter": true}']);

const OK = '{"ok":';
const SPACE = 32;
const CARRIAGE_RETURN = 13;
/** Of a reason, which goes to quarantine with every record that it is given for. */
const REASON_CHARACTERS = 1000;

/** Reads a program's answers; a row is published as the program spelled it. */
export class AnswerReader {
  private readonly shapes = new Shapes();

  /** The answer that a line is; undefined when it is none. */
  read(written: string): Answer | undefined {
    const line = written.charCodeAt(written.length - 1) === CARRIAGE_RETURN ? written.slice(0, -1) : written;
    if (this.shapes.knows(line)) return { kind: 'ok', text: rowIn(line) };
    return FILTER_LINES.has(line) ? FILTER : this.parse(line);
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
    this.shapes.learn(row);
    const isClear = looseJson(line, answer, { ownNumbers: true, namesOnly: true }) === undefined && !line.includes('\r');
    return { kind: 'ok', row, text: isClear ? spelled(line) : JSON.stringify(row) };
  }
}

/** The row of a line `{"ok": {…}}` without other spaces around it. */
const rowIn = (line: string): string => line.slice(line.charCodeAt(OK.length) === SPACE ? OK.length + 1 : OK.length, -1);

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
