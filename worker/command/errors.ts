import type { Readable } from 'node:stream';
import { harmless } from '../../core/harmless';
import { KIB } from '../../core/units';
import type { Log } from '../log';

/** How much of a program's stderr goes to the log of a chunk. */
const LIMIT_CHARACTERS = 64 * KIB;
/** A longer line goes on in the next one. */
const LINE_CHARACTERS = 1000;

/** A line in pieces that a log can hold; none of an empty one. */
const pieces = (line: string): readonly string[] =>
  Array.from({ length: Math.ceil(line.length / LINE_CHARACTERS) }, (_, i) => line.slice(i * LINE_CHARACTERS, (i + 1) * LINE_CHARACTERS));

/** Takes a program's stderr to the log, line by line and up to a limit; the rest is only counted. */
export function logErrors(stderr: Readable, log: Log): void {
  let left = LIMIT_CHARACTERS;
  let dropped = 0;
  let unfinished = '';
  const write = (text: string): void => log('command stderr', { text: harmless(text) });
  stderr.setEncoding('utf8');
  stderr.on('data', (text: string) => {
    const kept = text.slice(0, left);
    dropped += text.length - kept.length;
    left -= kept.length;
    const lines = (unfinished + kept).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines.flatMap(pieces)) write(line);
  });
  stderr.once('close', () => {
    for (const line of pieces(unfinished)) write(line);
    if (dropped > 0) log('command stderr cut', { limit: LIMIT_CHARACTERS, dropped });
  });
}
