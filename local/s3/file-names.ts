import { createHash } from 'node:crypto';
import { sep } from 'node:path';

/** Longest file name of the usual file systems, in bytes. */
const MAX_NAME_BYTES = 255;
/** What is kept of a name that cannot stand as it is: enough to know it by, and far from every file system's limit. */
const KEPT_BYTES = 120;
const HASH_DIGITS = 16;
/** How names that stand for another one end; keys that have such a part are given one themselves, so that no two keys meet. */
const STAND_IN = new RegExp(`%~[0-9a-f]{${HASH_DIGITS}}$`);

/** Whether a part of a key can be a file's or folder's name as it is. */
export const isFileName = (part: string): boolean =>
  part !== '' &&
  part !== '.' &&
  part !== '..' &&
  !part.includes('\0') &&
  !part.includes(sep) &&
  !STAND_IN.test(part) &&
  Buffer.byteLength(part) <= MAX_NAME_BYTES;

function firstBytes(text: string, limit: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(character) > limit) break;
    kept += character;
  }
  return kept;
}

/** The name that stands for a part of a key: `whole` is the key up to its end, with the slash behind it where it is a folder's. */
export function standInOf(part: string, whole: string): string {
  const readable = firstBytes(part.replaceAll('\0', '%00').replaceAll('/', '%2F').replaceAll(sep, '_'), KEPT_BYTES);
  return `${readable}%~${createHash('sha256').update(whole).digest('hex').slice(0, HASH_DIGITS)}`;
}
