import { z } from 'zod';
import { FaultClass } from '../fault';

const count = z.number().int().nonnegative();

/** One line of a quarantine object: a bad record with all that is needed to find, understand and replay it. */
export const QuarantinedRecord = z.object({
  schema: z.literal('quarantine.v1'),
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
  /** Byte offset of the record in the object, in its text where it is compressed, of its block for Avro; for Parquet the row's number. */
  offset: count,
  /** Number within its chunk, from 0. */
  record: count,
  class: FaultClass,
  reason: z.string(),
  /** The record's bytes: as text, or in base64 where they are none. */
  raw: z.string().optional(),
  rawBase64: z.string().optional(),
  /** How many bytes the record has. */
  rawBytes: count.optional(),
  /** Whether the bytes were cut because there were too many of them. */
  truncated: z.boolean().optional(),
  attempt: count,
});
export type QuarantinedRecord = z.infer<typeof QuarantinedRecord>;

/** The record's own bytes; empty where none were kept. */
export const rawBytesOf = ({ raw, rawBase64 }: QuarantinedRecord): Buffer =>
  rawBase64 === undefined ? Buffer.from(raw ?? '') : Buffer.from(rawBase64, 'base64');
