import { StringDecoder } from 'node:string_decoder';

/** CloudWatch Logs takes 256 KiB an event, 26 bytes of which are its own. */
const MAX_LINE_CHARS = 262_144 - 26;

/** Cuts a stream of bytes into lines; a longer line is cut, so that memory stays bounded whatever a process prints. */
export class LogLines {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    private readonly write: (line: string) => void,
    private readonly limit = MAX_LINE_CHARS,
  ) {}

  push(bytes: Buffer): void {
    this.take(this.decoder.write(bytes));
  }

  /** Writes what a process printed without a final newline. */
  end(): void {
    this.take(this.decoder.end());
    if (this.rest !== '') this.write(this.rest);
    this.rest = '';
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) this.emit(line.endsWith('\r') ? line.slice(0, -1) : line);
    const cut = last.length - (last.length % this.limit);
    if (cut > 0) this.emit(last.slice(0, cut));
    this.rest = last.slice(cut);
  }

  private emit(line: string): void {
    for (let start = 0; start === 0 || start < line.length; start += this.limit) this.write(line.slice(start, start + this.limit));
  }
}
