/** Values that policy variables (`${aws:PrincipalArn}`) and conditions refer to, by lower-cased key. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** Tells whether a text matches; a pattern whose variables have no single value matches nothing. */
export type Matcher = (text: string, context: Context) => boolean;

const VARIABLE = /\$\{([^}]*)\}/g;

/** `${*}`, `${?}` and `${$}` stand for the character itself. */
const LITERALS: Readonly<Record<string, string>> = { '*': '*', '?': '?', $: '$' };

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const globbed = (text: string): string => escaped(text).replaceAll('\\*', '[\\s\\S]*').replaceAll('\\?', '[\\s\\S]');

/** The regular expression of a pattern, its variables filled in; undefined when one has no value. */
function expressionOf(pattern: string, context: Context): string | undefined {
  const pieces: string[] = [];
  let from = 0;
  for (const { index, 0: whole, 1: name = '' } of pattern.matchAll(VARIABLE)) {
    const value = LITERALS[name] ?? context.get(name.toLowerCase())?.[0];
    if (value === undefined) return undefined;
    pieces.push(globbed(pattern.slice(from, index)), escaped(value));
    from = index + whole.length;
  }
  return [...pieces, globbed(pattern.slice(from))].join('');
}

/** A pattern with `*`, `?` and variables, compiled once; one without any is compared as text. */
export function glob(pattern: string, flags = ''): Matcher {
  if (pattern === '*') return () => true;
  if (!/[*?$]/.test(pattern)) return flags === '' ? (text) => text === pattern : (text) => text.toLowerCase() === pattern.toLowerCase();
  if (!pattern.includes('${')) {
    const expression = new RegExp(`^${globbed(pattern)}$`, flags);
    return (text) => expression.test(text);
  }
  return (text, context) => {
    const expression = expressionOf(pattern, context);
    return expression !== undefined && new RegExp(`^${expression}$`, flags).test(text);
  };
}

/** An ARN pattern as `ArnLike` reads it: wildcards stay within each of the six parts. */
export function arnGlob(pattern: string): Matcher {
  const parts = arnParts(pattern).map((part) => glob(part));
  return (text, context) => {
    const actual = arnParts(text);
    return actual.length === parts.length && parts.every((matches, index) => matches(actual[index] ?? '', context));
  };
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** The text with its variables replaced; undefined when one has no value. */
export function substituted(text: string, context: Context): string | undefined {
  const missing = [...text.matchAll(VARIABLE)].some(([, name = '']) => !LITERALS[name] && !context.has(name.toLowerCase()));
  if (missing) return undefined;
  return text.replace(VARIABLE, (_, name: string) => LITERALS[name] ?? context.get(name.toLowerCase())?.[0] ?? '');
}
