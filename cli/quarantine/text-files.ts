import path from 'node:path';
import { convertedStart } from '../../adapters/text-start';
import type { QuarantinedRecord } from '../../core/contracts';
import { bodyStart, byteOrderMark, dialectOf, framingOf, headerEnd, RecordCursor } from '../../core/records';
import { fromUtf8 } from '../../core/records/from-utf8';
import type { Encoding } from '../../core/spec/sections/encoding';
import { KIB, MIB } from '../../core/units';
import { UsageError } from '../errors';
import { LineFile } from './line-file';
import { PinnedTexts } from './pinned-objects';
import type { ReplayFiles, ReplayInput, ReplaySource } from './replay-files';
import { type WholeRecord, wholeRecords } from './whole-records';

/** Enough for almost every header; a longer one than the last is none. */
const HEADER_READS_BYTES = [64 * KIB, MIB, 4 * MIB];

/** Files of text: one for each header that the records stood below, as it is written there. */
export async function writeTextFiles(source: ReplaySource): Promise<ReplayFiles> {
  const { records, openBucket, spec, read = spec.input } = source;
  const headers = new HeaderReader(new PinnedTexts(openBucket, spec.input), spec.input);
  const files = new TextFiles(source);
  let total = 0;
  try {
    for await (const whole of wholeRecords(records, { texts: new PinnedTexts(openBucket, spec.input), encoding: read.encoding })) {
      files.add(whole, await headers.of(whole.record));
      total++;
    }
  } finally {
    await headers.close();
  }
  return { paths: files.paths, records: total };
}

/** What each object begins with before its first record, read once. */
class HeaderReader {
  private readonly known = new Map<string, Buffer>();

  constructor(
    private readonly texts: PinnedTexts,
    private readonly input: ReplayInput,
  ) {}

  async of(record: QuarantinedRecord): Promise<Buffer> {
    if (!dialectOf(this.input)?.header) return Buffer.alloc(0);
    const id = JSON.stringify([record.bucket, record.key, record.versionId]);
    const header = this.known.get(id) ?? (await this.read(record));
    this.known.set(id, header);
    return header;
  }

  close(): Promise<void> {
    return this.texts.close();
  }

  private async read(record: QuarantinedRecord): Promise<Buffer> {
    for (const limit of HEADER_READS_BYTES) {
      const bytes = await this.texts.read(record, { start: 0, end: limit }, 'its header is unknown');
      const header = headerOf(bytes, { complete: bytes.length < limit, input: this.input });
      if (header) return header;
    }
    throw new UsageError(
      `s3://${record.bucket}/${record.key} has no end of its header within its first ${HEADER_READS_BYTES.at(-1)} bytes`,
    );
  }
}

/** The bytes before the first record, byte order mark and line break included; undefined where they go on behind these. */
function headerOf(bytes: Buffer, { complete, input }: { readonly complete: boolean; readonly input: ReplayInput }): Buffer | undefined {
  const dialect = dialectOf(input);
  const text = convertedStart({ bytes, complete }, input.encoding).bytes;
  if (!complete && dialect?.header && headerEnd(text, dialect) === -1) return undefined;
  return fromUtf8(text.subarray(0, bodyStart(text, dialect)), input.encoding);
}

/** The files that are being written. */
class TextFiles {
  readonly paths: string[] = [];
  /** The file that records below a header go to. */
  private readonly open = new Map<string, LineFile>();

  constructor(private readonly source: Pick<ReplaySource, 'runId' | 'spec' | 'folder'>) {}

  add(whole: WholeRecord, header: Buffer): void {
    const id = header.toString('base64');
    const file = this.open.get(id) ?? this.create(this.startOf(header, whole));
    file.add(whole);
    if (this.swallowsNext(whole)) this.open.delete(id);
    else this.open.set(id, file);
  }

  private create(start: Buffer): LineFile {
    const { runId, spec, folder } = this.source;
    const file = new LineFile(path.join(folder, `replay-${runId}-${this.paths.length}.${spec.input.format}`), start);
    this.paths.push(file.file);
    return file;
  }

  /** A first record that begins like a byte order mark would lose it, but for a mark before it. */
  private startOf(header: Buffer, whole: WholeRecord): Buffer {
    const { encoding } = this.source.spec.input;
    if (header.length > 0 || byteOrderMark(textOf(whole.bytes, encoding)) === 0) return header;
    return fromUtf8(Buffer.from('\ufeff'), encoding);
  }

  /** Whether a record that ended its object, as with a quote that is never closed, would go on in a record behind it. */
  private swallowsNext({ record, bytes }: WholeRecord): boolean {
    if (record.lineBreak !== '') return false;
    const { input } = this.source.spec;
    const text = textOf(bytes, input.encoding);
    const line = Buffer.concat([text, Buffer.from('\n')]);
    const cursor = new RecordCursor(line, { start: 0, end: line.length, framing: framingOf(dialectOf(input)), complete: false });
    return !cursor.next() || cursor.end !== text.length;
  }
}

const textOf = (bytes: Buffer, encoding: Encoding): Buffer => convertedStart({ bytes, complete: true }, encoding).bytes;
