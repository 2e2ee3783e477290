import { type QuarantinedRecord, rawBytesOf } from '../../core/contracts';
import { fromUtf8 } from '../../core/records/from-utf8';
import type { Encoding } from '../../core/spec/sections/encoding';
import { UsageError } from '../errors';
import type { PinnedTexts } from './pinned-objects';

/** A record with all its bytes, as they stand in its object. */
export interface WholeRecord {
  readonly record: QuarantinedRecord;
  readonly bytes: Buffer;
}

export interface WholeRecordsOptions {
  readonly texts: PinnedTexts;
  /** How the run read its texts. */
  readonly encoding: Encoding;
}

const placeOf = ({ bucket, key, offset }: QuarantinedRecord): string => `the record at offset ${offset} of s3://${bucket}/${key}`;

/** Whether more of a record lies in its object than was kept of it. */
export const isCut = ({ truncated, raw, rawBase64 }: QuarantinedRecord): boolean =>
  truncated === true || (raw === undefined && rawBase64 === undefined);

/** Records of texts with all their bytes: those that were too long to be kept are read from the version that they stand in. */
export async function* wholeRecords(
  records: AsyncIterable<QuarantinedRecord>,
  { texts, encoding }: WholeRecordsOptions,
): AsyncGenerator<WholeRecord> {
  try {
    for await (const record of records) {
      if (record.encoding === undefined && encoding !== 'utf-8') yield unconverted(record, encoding);
      else yield { record, bytes: isCut(record) ? await readAgain(record, texts) : rawBytesOf(record) };
    }
  } finally {
    await texts.close();
  }
}

/** Earlier versions kept records of a converted text as UTF-8. */
function unconverted(record: QuarantinedRecord, encoding: Encoding): WholeRecord {
  if (isCut(record) || record.raw === undefined) {
    throw new UsageError(`${placeOf(record)} was not kept as it stands there: cut it out of the file by hand`);
  }
  return { record: { ...record, encoding }, bytes: fromUtf8(Buffer.from(record.raw), encoding) };
}

async function readAgain(record: QuarantinedRecord, texts: PinnedTexts): Promise<Buffer> {
  const { key, offset, rawBytes } = record;
  if (rawBytes === undefined) {
    throw new UsageError(`the record at offset ${offset} of ${key} was too long to be kept whole: cut it out of the file by hand`);
  }
  const wanted = `${placeOf(record)}, ${rawBytes} bytes, is lost: it was too long to be kept whole`;
  const bytes = await texts.read(record, { start: offset, end: offset + rawBytes }, wanted);
  const kept = rawBytesOf(record);
  if (bytes.length === rawBytes && bytes.subarray(0, kept.length).equals(kept)) return bytes;
  throw new UsageError(`${placeOf(record)} is not what was kept of it: received ${bytes.length} bytes, expected ${rawBytes}`);
}
