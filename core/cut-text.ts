import { MESSAGE_BYTES } from './limits';

export interface CutOptions {
  /** Most bytes of UTF-8.
   *  @default MESSAGE_BYTES */
  readonly bytes?: number;
  /** Where all of the text is, for people.
   *  @default - it is nowhere */
  readonly whole?: string | undefined;
}

/** What a cut says of itself; a place is a key or a few words, so that no text can pass itself off as a long one. */
const NOTE = / … \((\d{1,15}) of \d{1,15} bytes are left out(?:, all of it is in ([^()]{1,512}))?\)$/;
const MAX_PLACE_CHARACTERS = 512;

const noteOf = (left: number, all: number, whole: string | undefined): string =>
  ` … (${left} of ${all} bytes are left out${whole === undefined ? '' : `, all of it is in ${whole}`})`;

/** UTF-8 goes on in bytes of this form. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Whole characters of the beginning of a text. */
function beginningOf(text: string, bytes: number): string {
  // A character has a byte at least.
  const start = Buffer.from(text.slice(0, bytes + 1));
  let end = Math.min(bytes, start.length);
  while (end > 0 && isContinuation(start[end])) end -= 1;
  return start.toString('utf8', 0, end);
}

/**
 * A text within so many bytes of UTF-8: whole characters of its beginning, then how much was left out and where all of it
 * is. What a text that was cut before says of that is kept, so that a message may quote another.
 */
export function cutText(text: string, { bytes: limit = MESSAGE_BYTES, whole }: CutOptions = {}): string {
  const size = Buffer.byteLength(text);
  if (size <= limit) return text;
  const before = NOTE.exec(text.slice(-limit));
  const place = before?.[2] ?? whole?.slice(0, MAX_PLACE_CHARACTERS);
  const said = before ? size - Buffer.byteLength(before[0]) : size;
  const all = said + Number(before?.[1] ?? 0);
  const kept = beginningOf(text, Math.max(0, Math.min(said, limit - Buffer.byteLength(noteOf(all, all, place)))));
  return `${kept}${noteOf(all - Buffer.byteLength(kept), all, place)}`;
}
