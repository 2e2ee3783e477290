import { gunzipSync, gzipSync } from 'node:zlib';
import { CheckpointHead } from '../contracts';
import type { ListingPlannerState } from './listing-planner';
import type { MarksState } from './marks';

/** A checkpoint as bytes: a line of JSON, the tail of the text, and the marks as differences, which compress well. */

export interface Checkpoint extends Pick<CheckpointHead, 'after' | 'file' | 'ended'> {
  readonly planner: ListingPlannerState;
  readonly text: {
    readonly uploadId?: string;
    readonly pieces: readonly CheckpointHead['text']['pieces'][number][];
    readonly crc: number;
    readonly tail: Buffer;
  };
  readonly marks: MarksState;
}

const NEWLINE = 0x0a;
/** A million marks in a third of a second; more effort saves little. */
const COMPRESSION_LEVEL = 1;

function differences(values: ArrayLike<number>): Buffer {
  const steps = Float64Array.from(values, (value, i) => value - (i === 0 ? 0 : (values[i - 1] ?? 0)));
  return Buffer.from(steps.buffer);
}

function sumsOf(bytes: Buffer): Float64Array {
  const values = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i - 1] ?? 0) + bytes.readDoubleLE(i * Float64Array.BYTES_PER_ELEMENT);
  }
  return values;
}

/** Written by one call of Plan. */
export function encodeCheckpoint({ text, marks, ...rest }: Checkpoint): Buffer {
  const { tail, ...sent } = text;
  const { sums, offsets, ...totals } = marks;
  const head = {
    schema: 'checkpoint.v1',
    ...rest,
    text: { ...sent, tailBytes: tail.length },
    marks: { ...totals, count: sums.length },
  };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  return gzipSync(Buffer.concat([line, tail, differences(sums), differences(offsets)]), { level: COMPRESSION_LEVEL });
}

/** Read by the next. */
export function decodeCheckpoint(stored: Buffer): Checkpoint {
  const bytes = gunzipSync(stored);
  const body = bytes.indexOf(NEWLINE) + 1;
  const { schema, text, marks, ...rest } = CheckpointHead.parse(JSON.parse(bytes.toString('utf8', 0, body)));
  const { tailBytes, ...sent } = text;
  const { count, ...totals } = marks;
  const marksAt = body + tailBytes;
  const half = count * Float64Array.BYTES_PER_ELEMENT;
  if (bytes.length !== marksAt + 2 * half) {
    throw new RangeError(`a checkpoint of ${bytes.length} bytes, its first line says ${marksAt + 2 * half}`);
  }
  const [sums, offsets] = [bytes.subarray(marksAt, marksAt + half), bytes.subarray(marksAt + half)];
  return {
    ...rest,
    text: { ...sent, tail: bytes.subarray(body, marksAt) },
    marks: { ...totals, sums: sumsOf(sums), offsets: sumsOf(offsets) },
  };
}
