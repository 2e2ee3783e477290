import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * An append-only file of JSON lines: how every service survives being killed at any moment.
 * An entry is with the operating system before `append` returns; a line cut short by a kill is dropped on reading.
 */
export class Journal<Entry> {
  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
  }

  /** Entries in the order they were appended. */
  read(): Entry[] {
    if (!existsSync(this.file)) return [];
    const text = readFileSync(this.file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) this.replace(whole);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  }

  append(entry: Entry): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  /** Replaces the whole history, e.g. by a shorter one that leads to the same state. */
  rewrite(entries: readonly Entry[]): void {
    this.replace(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }

  private replace(text: string): void {
    writeFileSync(`${this.file}.new`, text);
    renameSync(`${this.file}.new`, this.file);
  }
}
