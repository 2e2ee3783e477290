import { isUtf8 } from 'node:buffer';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Marker, PlannedObject, QuarantinedRecord } from '../core/contracts';
import type { Fault } from '../core/fault';
import type { Encoding } from '../core/spec/sections/encoding';
import { MIB } from '../core/units';
import { SkipLimitFailure } from './failures';
import { FaultTally } from './fault-tally';
import type { Location } from './work';

/** What is kept of a record, and where it stands. */
export interface Kept extends Location {
  /** The record as it was read; the beginning of one that is long. */
  readonly raw: Buffer;
  /** Its bytes as they stand in the object. @default - those of `raw` */
  readonly stored?: Buffer;
  /** How many they are. @default - all that are kept */
  readonly rawBytes?: number;
  readonly lineBreak?: QuarantinedRecord['lineBreak'];
  readonly encoding?: Encoding;
}

/** A record that is set aside, with all that is needed to find, understand and replay it. */
export interface BadRecord extends Kept {
  readonly object: PlannedObject;
  /** Number of the record within its chunk, from 0. */
  readonly record: number;
  readonly fault: Fault;
}

/** Text is compressed whenever this much has gathered. */
const GATHER_BYTES = MIB;
/** Compressed text beyond this goes to the task's disk. */
const MEMORY_BYTES = 4 * MIB;
/** A longer record is cut; its length is told, and the whole lies in its object. */
export const MAX_RAW_BYTES = MIB;

export interface QuarantineOptions {
  readonly attempt: number;
  /** Where it spills to. */
  readonly folder: string;
  /** More records than this fail the chunk. */
  readonly limit: number;
}

/** A chunk's quarantine: JSON lines, compressed, one for each record (several gzip members, as any reader expects). */
export class Quarantine {
  private readonly tally = new FaultTally();
  private members: Buffer[] = [];
  private membersBytes = 0;
  private lines: string[] = [];
  private gathered = 0;
  private spilled = false;
  records = 0;

  constructor(private readonly options: QuarantineOptions) {}

  /** Takes a record; throws a `SkipLimitFailure` once there are more than may be. */
  add(bad: BadRecord): void {
    const line = this.lineOf(bad);
    this.lines.push(line);
    this.records += 1;
    this.gathered += line.length;
    this.tally.add(bad.fault);
    if (this.gathered >= GATHER_BYTES) this.compress();
    if (this.records > this.options.limit) throw new SkipLimitFailure(this, this.options.limit);
  }

  /** What the marker says of it beside its place. */
  get summary(): Pick<NonNullable<Marker['quarantine']>, 'records' | 'classes' | 'reasons'> {
    return { records: this.records, ...this.tally.summary };
  }

  /** The finished object. */
  body(): Buffer {
    this.compress();
    return Buffer.concat([...(this.spilled ? [readFileSync(this.file)] : []), ...this.members]);
  }

  /** What must stay in the folder until the body is taken. */
  get files(): readonly string[] {
    return this.spilled ? [this.file] : [];
  }

  private get file(): string {
    return path.join(this.options.folder, 'quarantine.jsonl.gz');
  }

  private lineOf(bad: BadRecord): string {
    const { object, offset, index, record, fault, lineBreak, encoding } = bad;
    const { bucket, key, versionId } = object;
    const place = { bucket, key, versionId, offset, index, record };
    const entry = { schema: 'quarantine.v1', ...place, class: fault.faultClass, reason: fault.reason };
    return `${JSON.stringify({ ...entry, ...contentOf(bad), lineBreak, encoding, attempt: this.options.attempt })}\n`;
  }

  private compress(): void {
    if (this.lines.length === 0) return;
    const member = gzipSync(this.lines.join(''));
    this.members.push(member);
    this.membersBytes += member.length;
    this.lines = [];
    this.gathered = 0;
    if (this.membersBytes >= MEMORY_BYTES) this.spill();
  }

  private spill(): void {
    appendFileSync(this.file, Buffer.concat(this.members));
    this.spilled = true;
    this.members = [];
    this.membersBytes = 0;
  }
}

type Content = Pick<QuarantinedRecord, 'raw' | 'rawBase64' | 'rawBytes' | 'truncated'>;

/** The record as text where it is, and in base64 where its bytes are others; of a long one the beginning. */
function contentOf({ raw, stored = raw, rawBytes = stored.length }: Kept): Content {
  const text = beginningOf(raw);
  const bytes = stored.subarray(0, MAX_RAW_BYTES);
  const isText = isUtf8(text);
  return {
    ...(isText && { raw: text.toString('utf8') }),
    ...((!isText || stored !== raw) && { rawBase64: bytes.toString('base64') }),
    rawBytes,
    ...((stored.length > MAX_RAW_BYTES || rawBytes > stored.length) && { truncated: true }),
  };
}

/** Whole characters of text. */
const beginningOf = (raw: Buffer): Buffer => (raw.length <= MAX_RAW_BYTES ? raw : raw.subarray(0, characterEnd(raw, MAX_RAW_BYTES)));

/** UTF-8 goes on in bytes of this form. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
const MOST_CONTINUATIONS = 3;

function characterEnd(raw: Buffer, limit: number): number {
  let end = limit;
  while (end > limit - MOST_CONTINUATIONS && isContinuation(raw[end])) end -= 1;
  return end;
}
