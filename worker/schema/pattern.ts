/**
 * A JSON Schema pattern in RE2's words, in which DuckDB matches; undefined where the two might not agree. Patterns are
 * JavaScript's with the flag `u`; what is common to both is written out so that it means the same: `.` takes no line
 * break of JavaScript's four, `\s` takes Unicode spaces, and every literal is a code point.
 */
export function toRe2(pattern: string): string | undefined {
  const characters = [...pattern];
  const parts: string[] = [];
  for (let at = 0; at < characters.length; ) {
    const piece = pieceAt(characters, at, parts.at(-1));
    if (!piece) return undefined;
    parts.push(piece.re2);
    at += piece.length;
  }
  return parts.join('');
}

interface Piece {
  readonly re2: string;
  /** Characters of the pattern that it stands for. */
  readonly length: number;
}

const SHORTHANDS: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}',
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', f: '\\f', v: '\\v' };
const ANY = '[^\\n\\r\\x{2028}\\x{2029}]';
const SYNTAX = '^$\\.*+?()[]{}|/';
/** Allowed as they stand: they mean the same in both. */
const SAME = '^$|)*+?';

const point = (character: string): string => `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
const literalOf = (character: string): string => (/^[0-9A-Za-z]$/.test(character) ? character : point(character));

function pieceAt(pattern: readonly string[], at: number, before: string | undefined): Piece | undefined {
  const character = pattern[at] ?? '';
  if (character === '\\') return escapeAt(pattern, at);
  if (character === '[') return classAt(pattern, at);
  if (character === '(') return groupAt(pattern, at);
  if (character === '{') return repetitionAt(pattern, at, before);
  if (character === ']' || character === '}') return undefined;
  if (character === '.') return { re2: ANY, length: 1 };
  return { re2: SAME.includes(character) ? character : literalOf(character), length: 1 };
}

function escapeAt(pattern: readonly string[], at: number): Piece | undefined {
  const next = pattern[at + 1] ?? '';
  const shorthand = SHORTHANDS[next.toLowerCase()];
  if (shorthand !== undefined) return { re2: `[${next === next.toLowerCase() ? '' : '^'}${shorthand}]`, length: 2 };
  if (next === 'b' || next === 'B') return { re2: `\\${next}`, length: 2 };
  const single = escapedCharacter(pattern, at);
  return single && { re2: single.re2, length: single.length };
}

/** An escape that stands for one character. */
function escapedCharacter(pattern: readonly string[], at: number): Piece | undefined {
  const next = pattern[at + 1] ?? '';
  const control = CONTROLS[next];
  if (control !== undefined) return { re2: control, length: 2 };
  if (SYNTAX.includes(next) && next !== '') return { re2: point(next), length: 2 };
  const coded = /^\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2}))/.exec(pattern.slice(at, at + 10).join(''));
  const code = coded && Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? '', 16);
  if (!coded || code === null || isSurrogate(code) || code > 0x10ffff) return undefined;
  return { re2: `\\x{${code.toString(16)}}`, length: coded[0].length };
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** Groups that only group; what looks around, names or remembers is JavaScript's own. */
function groupAt(pattern: readonly string[], at: number): Piece | undefined {
  if (pattern[at + 1] !== '?') return { re2: '(?:', length: 1 };
  return pattern[at + 2] === ':' ? { re2: '(?:', length: 3 } : undefined;
}

/** RE2 repeats a thousand times at most, and what is nested is multiplied, so only single characters may be. */
const MAX_REPETITIONS = 1000;

function repetitionAt(pattern: readonly string[], at: number, before: string | undefined): Piece | undefined {
  const counted = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(at, at + 12).join(''));
  const isNested = before === undefined || before === ')';
  if (!counted || isNested || Number(counted[1]) > MAX_REPETITIONS || Number(counted[2] ?? 0) > MAX_REPETITIONS) return undefined;
  return { re2: counted[0], length: counted[0].length };
}

interface Member extends Piece {
  /** Whether it is one character, which may begin or end a range. */
  readonly single: boolean;
  readonly dash: boolean;
}

function classAt(pattern: readonly string[], at: number): Piece | undefined {
  const negated = pattern[at + 1] === '^';
  const members: Member[] = [];
  let i = at + (negated ? 2 : 1);
  for (; i < pattern.length && pattern[i] !== ']'; ) {
    const member = memberAt(pattern, i);
    if (!member) return undefined;
    members.push(member);
    i += member.length;
  }
  const inner = i < pattern.length && members.length > 0 ? joined(members) : undefined;
  return inner === undefined ? undefined : { re2: `[${negated ? '^' : ''}${inner}]`, length: i + 1 - at };
}

function memberAt(pattern: readonly string[], at: number): Member | undefined {
  const [character = '', next = ''] = pattern.slice(at, at + 2);
  if (character !== '\\') return { re2: point(character), length: 1, single: true, dash: character === '-' };
  const shorthand = SHORTHANDS[next];
  if (shorthand !== undefined) return { re2: shorthand, length: 2, single: false, dash: false };
  const escaped = next === '-' ? { re2: point('-'), length: 2 } : escapedCharacter(pattern, at);
  return escaped && { ...escaped, single: true, dash: false };
}

/** Members one after the other; a dash between two is a range, which both must be characters for. */
function joined(members: readonly Member[]): string | undefined {
  const parts: string[] = [];
  for (let i = 0; i < members.length; i += 1) {
    const [member, dash, end] = members.slice(i, i + 3);
    if (dash?.dash && end) {
      if (!member?.single || !end.single) return undefined;
      parts.push(`${member.re2}-${end.re2}`);
      i += 2;
    } else parts.push(member?.re2 ?? '');
  }
  return parts.join('');
}
