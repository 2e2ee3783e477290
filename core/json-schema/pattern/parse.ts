import { ClassReader } from './classes';
import { DOT, type Pattern, PatternError, pointOf, type Range, SHORTHANDS } from './syntax';

const MAX_NESTING = 50;

/** Reads a pattern of ECMA-262, as JSON Schema has it: flag `u`, found anywhere in a text.
 *  @throws PatternError where it is none, or means something that no automaton can match */
export function parsePattern(source: string): Pattern {
  try {
    new RegExp(source, 'u');
  } catch (thrown) {
    throw new PatternError(
      `is no pattern of ECMA-262: ${thrown instanceof Error ? thrown.message.replace(/^.*\/u?: /, '') : String(thrown)}`,
    );
  }
  return new PatternReader([...source]).read();
}

const ONE = (ranges: readonly Range[]): Pattern => ({ kind: 'set', ranges });
const ASSERTIONS = { '^': 'start', $: 'end' } as const;

/** A reader of one pattern that the language has found to be well formed. */
class PatternReader {
  private at = 0;
  private depth = 0;
  private readonly classes: ClassReader;

  constructor(private readonly characters: readonly string[]) {
    this.classes = new ClassReader(characters);
  }

  read(): Pattern {
    return this.choice();
  }

  private choice(): Pattern {
    const items = [this.sequence()];
    while (this.characters[this.at] === '|') {
      this.at += 1;
      items.push(this.sequence());
    }
    return items.length === 1 ? (items[0] as Pattern) : { kind: 'choice', items };
  }

  private sequence(): Pattern {
    const items: Pattern[] = [];
    while (this.at < this.characters.length && !'|)'.includes(this.characters[this.at] as string)) items.push(this.repeated(this.atom()));
    return { kind: 'sequence', items };
  }

  private atom(): Pattern {
    const character = this.characters[this.at] as string;
    if (character === '(') return this.group();
    if (character === '[') return this.take(this.classes.classAt(this.at));
    if (character === '\\') return this.escape();
    this.at += 1;
    if (character === '.') return ONE(DOT);
    if (character === '^' || character === '$') return { kind: 'assertion', assertion: ASSERTIONS[character] };
    return ONE([this.classes.point(pointOf(character))]);
  }

  private take({ ranges, end }: { readonly ranges: readonly Range[]; readonly end: number }): Pattern {
    this.at = end;
    return ONE(ranges);
  }

  private escape(): Pattern {
    const next = this.characters[this.at + 1] ?? '';
    // DuckDB finds such a place also between the bytes of one letter.
    if (next === 'B')
      throw new PatternError('asks for a place that is no word boundary (\\B), which SQL cannot tell: write \\b, or the letters');
    if (next === 'b') {
      this.at += 2;
      return { kind: 'assertion', assertion: 'boundary' };
    }
    if (/[1-9k]/.test(next)) throw new PatternError(`refers back to a group (\\${next}), which takes more than linear time`);
    const shorthand = SHORTHANDS.get(next);
    if (shorthand) return this.take({ ranges: shorthand, end: this.at + 2 });
    return this.take(this.classes.escapeAt(this.at));
  }

  private group(): Pattern {
    this.at = this.groupStart();
    this.depth += 1;
    if (this.depth > MAX_NESTING) throw new PatternError(`nests groups deeper than ${MAX_NESTING}`);
    const inner = this.choice();
    this.depth -= 1;
    this.at += 1;
    return inner;
  }

  /** Where the content of a group begins; names are of no use without references to them. */
  private groupStart(): number {
    const head = this.characters.slice(this.at, this.at + 4).join('');
    if (!head.startsWith('(?')) return this.at + 1;
    if (head.startsWith('(?:')) return this.at + 3;
    if (/^\(\?<[^=!]/.test(head)) return this.characters.indexOf('>', this.at) + 1;
    const look = /^\(\?<?[=!]/.exec(head)?.[0];
    throw new PatternError(
      look ? `looks around (${look}…), which RE2 has not` : `has a group ${head.slice(0, 3)}…, allowed: (…), (?:…) and (?<name>…)`,
    );
  }

  /** A lazy repetition matches the same texts. */
  private repeated(item: Pattern): Pattern {
    const counts = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.characters.slice(this.at, this.at + MAX_COUNTS).join(''));
    if (!counts) return item;
    this.at += counts[0].length;
    return { kind: 'repeat', item, ...countsOf(counts) };
  }
}

/** Characters of a repetition's counts that are looked at. */
const MAX_COUNTS = 40;
const ANY_NUMBER = Number.POSITIVE_INFINITY;
const SIGNS: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  '*': { min: 0, max: ANY_NUMBER },
  '+': { min: 1, max: ANY_NUMBER },
  '?': { min: 0, max: 1 },
};

function countsOf([text, least, comma, most]: RegExpExecArray): { readonly min: number; readonly max: number } {
  const sign = SIGNS[text.charAt(0)];
  if (sign) return sign;
  const min = Number(least);
  if (comma === undefined) return { min, max: min };
  return { min, max: most === '' ? ANY_NUMBER : Number(most) };
}
