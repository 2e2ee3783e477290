import type { Readable } from 'node:stream';
import { harmless } from '../../core/harmless';
import { KIB } from '../../core/units';
import type { Log } from '../log';

/** How much of what a program says to people goes to the log of a chunk. */
const LIMIT_CHARACTERS = 64 * KIB;
/** A longer line goes on in the next one. */
const LINE_CHARACTERS = 1000;

/** A line in pieces that a log can hold; none of an empty one. */
const pieces = (line: string): readonly string[] =>
  Array.from({ length: Math.ceil(line.length / LINE_CHARACTERS) }, (_, i) => line.slice(i * LINE_CHARACTERS, (i + 1) * LINE_CHARACTERS));

/** Takes what a program says to the log, line by line and up to a limit; the rest is only counted. */
export function logText(stream: Readable, event: string, log: Log): void {
  let left = LIMIT_CHARACTERS;
  let dropped = 0;
  let unfinished = '';
  const write = (text: string): void => log(event, { text: harmless(text) });
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const kept = text.slice(0, left);
    dropped += text.length - kept.length;
    left -= kept.length;
    const lines = (unfinished + kept).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines.flatMap(pieces)) write(line);
  });
  stream.once('close', () => {
    for (const line of pieces(unfinished)) write(line);
    if (dropped > 0) log(`${event} cut`, { limit: LIMIT_CHARACTERS, dropped });
  });
}
