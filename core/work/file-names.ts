/** Names of files on their way from the input bucket through a program's folders to the output bucket; both ends are hostile. */

/** Far below what a file system takes, which is 255 bytes, and enough to tell files apart at a look. */
const BASE_CHARACTERS = 100;
/** A longer ending is none that a program goes by. */
const ENDING = /\.[A-Za-z0-9_-]{1,16}(\.(gz|zst|bz2))?$/;
const NUMBER_DIGITS = 4;

/**
 * What an input file is called in a program's folder: numbered, so that two are never one, then what its key allows to
 * keep of its last part. It holds letters, digits, `.`, `-` and `_` only, and does not begin with a dot or a dash.
 */
export function localNameOf(index: number, key: string): string {
  const base = key.slice(key.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9._-]/g, '_');
  const ending = ENDING.exec(base)?.[0] ?? '';
  const stem = base.slice(0, base.length - ending.length).slice(0, BASE_CHARACTERS);
  return `${String(index).padStart(NUMBER_DIGITS, '0')}-${stem}${ending}`;
}

/** Of a name within a chunk's folder of the output bucket; with job, run and chunk before it a key stays below S3's 1024. */
export const MAX_NAME_BYTES = 700;
/** Folders within folders. */
const MAX_DEPTH = 16;

/** What is wrong with the name of an output file, which may lie in folders; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  const parts = name.split('/');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`;
  if (parts.length > MAX_DEPTH) return `lies more than ${MAX_DEPTH} folders deep`;
  if (parts.some((part) => part === '')) return 'has an empty part';
  if (parts.some((part) => part.startsWith('.'))) return 'begins with a dot, so it would be hidden';
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\u2028\u2029\ufffd\\]/u.test(name)) return 'has a control character, a backslash, or is not UTF-8';
  return undefined;
}
