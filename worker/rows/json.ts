import { isAscii } from 'node:buffer';
import { Fault } from '../../core/fault';
import type { TypedRecord } from './convert';

const NO_OBJECT = new Fault('PARSE', 'is not a JSON object');
/** Of the engine's own message, which may cite the data at length. */
const MESSAGE_LIMIT = 200;

/** Parses one line of JSON; only an object is a record. */
export function parseJson(line: string): TypedRecord | Fault {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TypedRecord) : NO_OBJECT;
  } catch (thrown) {
    return new Fault('PARSE', `is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`.slice(0, MESSAGE_LIMIT));
  }
}

/** Makes records of lines of JSON. */
export class JsonParser {
  private bytes: Buffer = Buffer.alloc(0);
  private base = 0;
  private text: string | undefined;

  /** Makes the bytes `[start, end)` ready, in which the next records lie: one text for all of them where they are ASCII. */
  load(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.base = start;
    this.text = isAscii(bytes.subarray(start, end)) ? bytes.toString('latin1', start, end) : undefined;
  }

  parse(start: number, end: number): TypedRecord | Fault {
    const { text, base } = this;
    return parseJson(text === undefined ? this.bytes.toString('utf8', start, end) : text.substring(start - base, end - base));
  }
}
