import { isUtf8 } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import type { PlannedObject } from '../core/contracts';
import type { Fault } from '../core/fault';
import { MIB } from '../core/units';

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

/** Text is compressed whenever this much has gathered, so a chunk of nothing but bad records needs no memory for all of them. */
const GATHER_BYTES = MIB;

/** A chunk's quarantine: compressed JSONL in memory, one line per record (several gzip members, as any reader expects). */
export class Quarantine {
  private readonly members: Buffer[] = [];
  private lines: string[] = [];
  private gathered = 0;
  records = 0;

  constructor(private readonly attempt: number) {}

  add({ object, offset, record, fault, raw }: BadRecord): void {
    const { bucket, key, versionId } = object;
    const content = isUtf8(raw) ? { raw: raw.toString('utf8') } : { rawBase64: raw.toString('base64') };
    const entry = {
      schema: 'quarantine.v1',
      bucket,
      key,
      versionId,
      offset,
      record,
      class: fault.faultClass,
      reason: fault.reason,
      ...content,
    };
    const line = `${JSON.stringify({ ...entry, attempt: this.attempt })}\n`;
    this.lines.push(line);
    this.records += 1;
    this.gathered += line.length;
    if (this.gathered >= GATHER_BYTES) this.compress();
  }

  /** The finished object. */
  body(): Buffer {
    this.compress();
    return Buffer.concat(this.members);
  }

  private compress(): void {
    if (this.lines.length === 0) return;
    this.members.push(gzipSync(this.lines.join('')));
    this.lines = [];
    this.gathered = 0;
  }
}
