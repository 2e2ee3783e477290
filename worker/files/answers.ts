import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '../../core/fault';
import { harmless } from '../../core/harmless';
import { MIB } from '../../core/units';
import { CodeFailure } from '../failures';

/** A thousand files and a long reason for each are far less. */
const LIMIT_BYTES = 4 * MIB;
const SHOWN_CHARACTERS = 80;
/** Of a reason. */
const REASON_CHARACTERS = 1000;

const Line = z.union([
  z.strictObject({ file: z.string(), ok: z.literal(true) }),
  z.strictObject({ file: z.string(), filter: z.literal(true) }),
  z.strictObject({ file: z.string(), skip: z.string() }),
]);

export type FileAnswer = 'ok' | 'filter' | Fault;

const HINT = 'one line per file, once: {"file": "…", "skip": "reason"}, {"file": "…", "filter": true} or {"file": "…", "ok": true}';

/** What a program says of single files by their local names; of those that it does not speak of, all is well. */
export async function readAnswers(file: string, names: ReadonlySet<string>): Promise<ReadonlyMap<string, FileAnswer>> {
  const answers = new Map<string, FileAnswer>();
  for (const line of (await readText(file)).split('\n')) {
    if (line.trim() === '') continue;
    const answer = Line.safeParse(parseJson(line)).data;
    if (!answer) throw wrong(`is no answer: ${shown(line)}`);
    if (!names.has(answer.file)) throw wrong(`is about ${shown(answer.file)}, which is none of the input files`);
    if (answers.has(answer.file)) throw wrong(`is about ${shown(answer.file)} once more`);
    answers.set(answer.file, kindOf(answer));
  }
  return answers;
}

function kindOf(answer: z.infer<typeof Line>): FileAnswer {
  if ('skip' in answer) return new Fault('SKIPPED', answer.skip.slice(0, REASON_CHARACTERS));
  return 'filter' in answer ? 'filter' : 'ok';
}

/** A link could lead anywhere, and a pipe would never end. */
async function readText(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(missing);
  if (!handle) return '';
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new CodeFailure('the command made something else than a file of its answers', HINT);
    if (stat.size > LIMIT_BYTES) throw new CodeFailure(`the command's answers have ${stat.size} bytes, allowed: ${LIMIT_BYTES}`, HINT);
    const bytes = await handle.readFile();
    if (!isUtf8(bytes)) throw new CodeFailure("the command's answers are not UTF-8", HINT);
    return bytes.toString('utf8');
  } finally {
    await handle.close();
  }
}

function missing(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code === 'ENOENT') return undefined;
  if (thrown.code === 'ELOOP') throw new CodeFailure('the command made a link of its answers', HINT);
  throw thrown;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON, so no answer: the schema refuses it.
    return undefined;
  }
}

const shown = (text: string): string => JSON.stringify(harmless(text.slice(0, SHOWN_CHARACTERS)));
const wrong = (what: string): CodeFailure => new CodeFailure(`a line of the command's answers ${what}`, HINT);
