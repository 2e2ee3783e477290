import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, nameOfFile } from './names';

export interface LogEvent {
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
  /** Position in its stream. */
  readonly index: number;
}

const EXTENSION = '.log';
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) /;

/** An event may have several lines; the later ones are indented by one space, so that no text can pass for an event. */
const written = (atMs: number, message: string): string => `${new Date(atMs).toISOString()} ${message.replace(/\r\n|[\r\n]/g, '\n ')}\n`;

function parsed(text: string, stream: string): readonly LogEvent[] {
  const whole = text.slice(0, text.lastIndexOf('\n'));
  if (whole === '') return [];
  return whole.split(/\n(?! )/).map((event, index) => {
    const [head = '', stamp = ''] = STAMP.exec(event) ?? [];
    return { stream, index, timestamp: Date.parse(stamp), message: event.slice(head.length).replaceAll('\n ', '\n') };
  });
}

/** Log streams as plain text files that a person can read: `<group>/<stream>.log`, one event a line. */
export class LogStore {
  private readonly folder: string;

  constructor(
    stateDir: string,
    private readonly now: () => number,
  ) {
    this.folder = join(stateDir, 'logs');
  }

  createGroup(group: string): void {
    mkdirSync(this.groupFolder(group), { recursive: true });
  }

  append(group: string, stream: string, message: string): void {
    this.createGroup(group);
    appendFileSync(this.file(group, stream), written(this.now(), message));
  }

  groups(): readonly { readonly name: string; readonly createdAtMs: number }[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).map(nameOfFile).toSorted();
    return names.map((name) => ({ name, createdAtMs: Math.floor(statSync(this.groupFolder(name)).birthtimeMs) }));
  }

  /** Streams of a group; undefined when there is no such group. */
  streams(group: string): readonly string[] | undefined {
    if (!existsSync(this.groupFolder(group))) return undefined;
    const files = readdirSync(this.groupFolder(group)).filter((file) => file.endsWith(EXTENSION));
    return files.map((file) => nameOfFile(file.slice(0, -EXTENSION.length))).toSorted();
  }

  events(group: string, stream: string): readonly LogEvent[] {
    const file = this.file(group, stream);
    return existsSync(file) ? parsed(readFileSync(file, 'utf8'), stream) : [];
  }

  bytes(group: string, stream: string): number {
    return statSync(this.file(group, stream)).size;
  }

  private groupFolder(group: string): string {
    return join(this.folder, fileNameOf(group));
  }

  private file(group: string, stream: string): string {
    return join(this.groupFolder(group), `${fileNameOf(stream)}${EXTENSION}`);
  }
}
