import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Large reads: a log of a million objects is hundreds of megabytes, more than one string can hold. */
const READ_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

function writeAll(fd: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
}

/**
 * An append-only file of JSON lines that stays open, so that an append is one system call however long the log is.
 * An entry is with the operating system before `append` returns; a line cut short by a kill is dropped on reading.
 */
export class EntryLog<Entry> {
  private fd: number;
  private bytes: number;

  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.fd = openSync(file, existsSync(file) ? 'r+' : 'w+');
    this.bytes = fstatSync(this.fd).size;
  }

  /** Calls back for every whole entry in order, and cuts off a torn last line. */
  replay(apply: (entry: Entry) => void): void {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let carried = Buffer.alloc(0);
    let position = 0;
    for (let read = this.readAt(buffer, position); read > 0; read = this.readAt(buffer, position)) {
      position += read;
      carried = applyLines(Buffer.concat([carried, buffer.subarray(0, read)]), apply);
    }
    this.truncate(position - carried.length);
  }

  append(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      this.writeAtEnd(line);
    } catch (error) {
      if (this.fd >= 0) this.truncate(this.bytes);
      throw error;
    }
    this.bytes += line.length;
  }

  /** Replaces the whole history by a shorter one that leads to the same state. */
  rewrite(entries: Iterable<Entry>): void {
    const replacement = openSync(`${this.file}.new`, 'w+');
    let lines: string[] = [];
    const flush = (): void => {
      writeAll(replacement, Buffer.from(lines.join('')));
      lines = [];
    };
    for (const entry of entries) {
      lines.push(`${JSON.stringify(entry)}\n`);
      if (lines.length === 1000) flush();
    }
    flush();
    renameSync(`${this.file}.new`, this.file);
    closeSync(this.fd);
    this.fd = replacement;
    this.bytes = fstatSync(replacement).size;
  }

  close(): void {
    closeSync(this.fd);
    // The number may soon belong to another file: a late append must fail rather than land there.
    this.fd = -1;
  }

  private readAt(buffer: Buffer, position: number): number {
    return readSync(this.fd, buffer, 0, buffer.length, position);
  }

  private writeAtEnd(line: Buffer): void {
    for (let offset = 0; offset < line.length; ) {
      offset += writeSync(this.fd, line, offset, line.length - offset, this.bytes + offset);
    }
  }

  private truncate(bytes: number): void {
    ftruncateSync(this.fd, bytes);
    this.bytes = bytes;
  }
}

/** Applies the whole lines and returns the bytes of the unfinished one. */
function applyLines<Entry>(bytes: Buffer, apply: (entry: Entry) => void): Buffer<ArrayBuffer> {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    apply(JSON.parse(bytes.toString('utf8', start, end)) as Entry);
    start = end + 1;
  }
  return Buffer.from(bytes.subarray(start));
}
