import { z } from 'zod';
import { FaultClass } from '../fault';
import { fromUtf8 } from '../records/from-utf8';
import { Encoding } from '../spec/sections/encoding';

const count = z.number().int().nonnegative();

/** One line of a quarantine object: a bad record with all that is needed to find, understand and replay it. */
export const QuarantinedRecord = z.object({
  schema: z.literal('quarantine.v1'),
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
  /** Byte offset of the record in the object, as it expands where it is compressed, of its block for Avro; for Parquet the row's number. */
  offset: count,
  /** Number of an Avro record within its block, from 0. */
  index: count.optional(),
  /** Number within its chunk, from 0. */
  record: count,
  class: FaultClass,
  reason: z.string(),
  /** The record as text, where it is text. For Avro and Parquet its values as JSON. */
  raw: z.string().optional(),
  /** The record's bytes as they stand in the object, where they are not those of `raw`. */
  rawBase64: z.string().optional(),
  /** How many bytes the record has. */
  rawBytes: count.optional(),
  /** Whether only the first of the bytes are kept, because there are too many of them. */
  truncated: z.boolean().optional(),
  /** What ends the record's line, as text; absent for what is no line. */
  lineBreak: z.enum(['\n', '\r\n', '']).optional(),
  /** How the record's bytes are written, where not in UTF-8. */
  encoding: Encoding.optional(),
  attempt: count,
});
export type QuarantinedRecord = z.infer<typeof QuarantinedRecord>;

/** The record's own bytes as far as they are kept; empty where none are. */
export const rawBytesOf = ({ raw, rawBase64 }: QuarantinedRecord): Buffer =>
  rawBase64 === undefined ? Buffer.from(raw ?? '') : Buffer.from(rawBase64, 'base64');

/** What ends the record's line, as it is written in the object. */
export const lineBreakOf = ({ lineBreak = '\n', encoding = 'utf-8' }: QuarantinedRecord): Buffer =>
  fromUtf8(Buffer.from(lineBreak), encoding);
