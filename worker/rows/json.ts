import { isAscii } from 'node:buffer';
import { Fault } from '../../core/fault';
import { looseJson, type StrictOptions } from '../../core/records/strict-json';
import type { TypedRecord } from './convert';

const NO_OBJECT = new Fault('PARSE', 'is not a JSON object');
/** Of the engine's own message, which may cite the data at length. */
const MESSAGE_LIMIT = 200;

/** Parses one line of JSON; only an object is a record. */
export function parseJson(line: string, options: StrictOptions): TypedRecord | Fault {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_OBJECT;
    const loose = looseJson(line, value, options);
    return loose === undefined ? (value as TypedRecord) : new Fault('PARSE', loose);
  } catch (thrown) {
    return new Fault('PARSE', `is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`.slice(0, MESSAGE_LIMIT));
  }
}

export interface JsonOptions extends StrictOptions {
  /** Columns of whole numbers. */
  readonly integers: readonly string[];
}

/** Makes records of lines of JSON. */
export class JsonParser {
  private bytes: Buffer = Buffer.alloc(0);
  private base = 0;
  private text: string | undefined;

  constructor(private readonly options: JsonOptions) {}

  /** Makes the bytes `[start, end)` ready, in which the next records lie: one text for all of them where they are ASCII. */
  load(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.base = start;
    this.text = isAscii(bytes.subarray(start, end)) ? bytes.toString('latin1', start, end) : undefined;
  }

  parse(start: number, end: number): TypedRecord | Fault {
    const { text, base } = this;
    const line = text === undefined ? this.bytes.toString('utf8', start, end) : text.substring(start - base, end - base);
    const parsed = parseJson(line, this.options);
    return parsed instanceof Fault ? parsed : (this.integerFault(parsed) ?? parsed);
  }

  /** As in a delimited file, a whole number is one only where JavaScript has it exactly. */
  private integerFault(record: TypedRecord): Fault | undefined {
    const { integers, ownNumbers } = this.options;
    const name = ownNumbers ? undefined : integers.find((column) => isInexact(record[column]));
    return name === undefined ? undefined : new Fault('TYPE', `column ${JSON.stringify(name)} must be integer`);
  }
}

const isInexact = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
