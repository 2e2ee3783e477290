import { createHash } from 'node:crypto';
import { ApiError } from '../kernel/errors';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64, as JSON carries it. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message on disk and in memory. */
export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly sentAtMs: number;
  /** Hidden before this moment: delayed, or in flight. */
  readonly visibleAtMs: number;
  readonly receiveCount: number;
  readonly firstReceivedAtMs?: number;
}

/** SQS accepts the characters of XML 1.0 only. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the ones that SQS refuses
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

export const md5 = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');

const prefixed = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const BINARY_TYPE = 2;
const STRING_TYPE = 1;

function encodedAttribute([name, { DataType, StringValue, BinaryValue }]: [string, MessageAttribute]): Buffer {
  const binary = BinaryValue !== undefined;
  const value = binary ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue ?? '');
  return Buffer.concat([
    prefixed(Buffer.from(name)),
    prefixed(Buffer.from(DataType)),
    Buffer.from([binary ? BINARY_TYPE : STRING_TYPE]),
    prefixed(value),
  ]);
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** SQS's digest of message attributes: names sorted, every field with its length before it. */
export const md5OfAttributes = (attributes: MessageAttributes): string =>
  md5(Buffer.concat(Object.entries(attributes).toSorted(byName).map(encodedAttribute)));

const attributeBytes = ([name, { DataType, StringValue, BinaryValue }]: [string, MessageAttribute]): number =>
  Buffer.byteLength(name) +
  Buffer.byteLength(DataType) +
  Buffer.byteLength(StringValue ?? '') +
  Buffer.byteLength(BinaryValue ?? '', 'base64');

/** What counts against a queue's MaximumMessageSize: the body and everything in the attributes. */
export const messageBytes = (body: string, attributes: MessageAttributes = {}): number =>
  Buffer.byteLength(body) + Object.entries(attributes).reduce((sum, entry) => sum + attributeBytes(entry), 0);

/** Refuses what SQS refuses: no body, forbidden characters, too many bytes. */
export function checkMessage(body: string, attributes: MessageAttributes | undefined, limitBytes: number): void {
  if (body === '') throw new ApiError('MissingParameter', 'the request must contain the parameter MessageBody');
  if (FORBIDDEN.test(body)) throw new ApiError('InvalidMessageContents', 'the message contains characters outside the allowed set');
  const bytes = messageBytes(body, attributes);
  if (bytes > limitBytes) {
    throw new ApiError('InvalidParameterValue', `the message has ${bytes} bytes, the queue's MaximumMessageSize allows ${limitBytes}`);
  }
}
