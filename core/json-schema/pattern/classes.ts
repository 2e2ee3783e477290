import { invertRanges, PatternError, pointOf, type Range, rangesOfProperty, SHORTHANDS, sortRanges } from './syntax';

/** Code points that stand at a place of a pattern, and where what follows begins. */
export interface Piece {
  readonly ranges: readonly Range[];
  readonly end: number;
}

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['0', 0],
]);
const CONTROL_LETTERS = 32;
const CODED = /^\\(?:u([0-9a-fA-F]{4})(?:\\u([0-9a-fA-F]{4}))?|u\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2}))/;
/** Characters of an escape that are looked at. */
const MAX_ESCAPE = 64;
const PROPERTY = /^\\([pP])\{([A-Za-z0-9_=]+)\}/;

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** Reads classes and escapes of a pattern that is well formed. */
export class ClassReader {
  constructor(private readonly characters: readonly string[]) {}

  /** Half of a surrogate pair is no character of a text in UTF-8. */
  point(code: number): Range {
    if (isHigh(code) || isLow(code)) throw new PatternError(`names half of a surrogate pair (\\u${code.toString(16)})`);
    return [code, code];
  }

  /** A class from its bracket on. */
  classAt(at: number): Piece {
    const isInverse = this.characters[at + 1] === '^';
    const ranges: Range[] = [];
    let next = at + (isInverse ? 2 : 1);
    while (this.characters[next] !== ']') {
      const member = this.memberAt(next);
      ranges.push(...member.ranges);
      next = member.end;
    }
    return { ranges: isInverse ? invertRanges(ranges) : sortRanges(ranges), end: next + 1 };
  }

  /** An escape from its backslash on that stands for code points. */
  escapeAt(at: number): Piece {
    const next = this.characters[at + 1] ?? '';
    const control = CONTROLS.get(next);
    if (control !== undefined) return { ranges: [[control, control]], end: at + 2 };
    if (next === 'c') return this.single(pointOf(this.characters[at + 2] ?? '') % CONTROL_LETTERS, at + 3);
    if (next === 'p' || next === 'P') return this.propertyAt(at);
    if (next === 'u' || next === 'x') return this.codedAt(at);
    return this.single(pointOf(next), at + 2);
  }

  private single(code: number, end: number): Piece {
    return { ranges: [this.point(code)], end };
  }

  /** One member of a class, or a range of it. */
  private memberAt(at: number): Piece {
    const first = this.oneAt(at);
    if (this.characters[first.end] !== '-' || this.characters[first.end + 1] === ']') return first;
    const last = this.oneAt(first.end + 1);
    return { ranges: [[first.ranges[0]?.[0] ?? 0, last.ranges[0]?.[1] ?? 0]], end: last.end };
  }

  private oneAt(at: number): Piece {
    const character = this.characters[at] as string;
    if (character !== '\\') return this.single(pointOf(character), at + 1);
    const next = this.characters[at + 1] ?? '';
    const shorthand = SHORTHANDS.get(next);
    if (shorthand) return { ranges: shorthand, end: at + 2 };
    const BACKSPACE = 8;
    return next === 'b' ? this.single(BACKSPACE, at + 2) : this.escapeAt(at);
  }

  private propertyAt(at: number): Piece {
    const found = PROPERTY.exec(this.textAt(at));
    if (!found) throw new PatternError('has a property of Unicode whose name is too long');
    const ranges = rangesOfProperty(found[2] as string);
    return { ranges: found[1] === 'p' ? ranges : invertRanges(ranges), end: at + found[0].length };
  }

  /** `\ud83d\ude00` is one character. */
  private codedAt(at: number): Piece {
    const [text = '', four, following, braced, two] = CODED.exec(this.textAt(at)) ?? [];
    const code = Number.parseInt(four ?? braced ?? two ?? '', 16);
    if (following === undefined) return this.single(code, at + text.length);
    const second = Number.parseInt(following, 16);
    if (isHigh(code) && isLow(second)) return this.single(pointOf(String.fromCharCode(code, second)), at + text.length);
    return this.single(code, at + text.length / 2);
  }

  private textAt(at: number): string {
    return this.characters.slice(at, at + MAX_ESCAPE).join('');
  }
}
