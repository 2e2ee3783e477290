import { isUtf8 } from 'node:buffer';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Marker, PlannedObject } from '../core/contracts';
import type { Fault } from '../core/fault';
import { MIB } from '../core/units';
import { SkipLimitFailure } from './failures';
import { FaultTally } from './fault-tally';

/** A record that is set aside, with all that is needed to find, understand and replay it. */
export interface BadRecord {
  readonly object: PlannedObject;
  /** Byte offset of the record in the object, in its text where it is compressed, of its block for Avro; for Parquet the row's number. */
  readonly offset: number;
  /** Number of the record within its chunk, from 0. */
  readonly record: number;
  readonly fault: Fault;
  readonly raw: Buffer;
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

  private lineOf({ object, offset, record, fault, raw }: BadRecord): string {
    const { bucket, key, versionId } = object;
    const entry = { schema: 'quarantine.v1', bucket, key, versionId, offset, record, class: fault.faultClass, reason: fault.reason };
    return `${JSON.stringify({ ...entry, ...contentOf(raw), attempt: this.options.attempt })}\n`;
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

/** The record as text where it is, else in base64; of a long one the beginning, whole characters of it. */
function contentOf(raw: Buffer): object {
  const length = { rawBytes: raw.length };
  if (raw.length <= MAX_RAW_BYTES) return { ...textOf(raw), ...length };
  return { ...textOf(raw.subarray(0, characterEnd(raw, MAX_RAW_BYTES))), ...length, truncated: true };
}

const textOf = (raw: Buffer): object => (isUtf8(raw) ? { raw: raw.toString('utf8') } : { rawBase64: raw.toString('base64') });

/** UTF-8 goes on in bytes of this form. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
const MOST_CONTINUATIONS = 3;

function characterEnd(raw: Buffer, limit: number): number {
  let end = limit;
  while (end > limit - MOST_CONTINUATIONS && isContinuation(raw[end])) end -= 1;
  return end;
}
