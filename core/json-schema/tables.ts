import { FORMATS, type Format } from './formats';
import { KEYWORDS, type Keyword } from './keywords';

/** The tables of keywords and formats for people, as `docs/schemas.md` has them. */

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');

const BY: Readonly<Record<Keyword['by'] | Format['by'], string>> = {
  expression: 'SQL, as records are read',
  validator: 'the validator',
  reading: 'how columns are read',
  nobody: 'nobody: it does nothing',
  always: 'nobody: every value is of it',
};

const isChecked = ([, { by }]: readonly [string, Keyword]): boolean => by !== 'nobody';

function keywordRow([name, { types, by, since, means }]: readonly [string, Keyword]): readonly string[] {
  return [`\`${name}\`${since ? `, from ${since}` : ''}`, types?.join(', ') ?? 'any', means, BY[by]];
}

/** Keywords that are checked, and those that are for people. */
export function keywordTables(): string {
  const entries: readonly (readonly [string, Keyword])[] = Object.entries(KEYWORDS);
  const checked = table(
    ['keyword', 'of values of type', 'what it says', 'checked for a query by'],
    entries.filter(isChecked).map(keywordRow),
  );
  const others = table(
    ['keyword', 'what it says'],
    entries.filter((entry) => !isChecked(entry)).map(([name, { means }]) => [`\`${name}\``, means]),
  );
  return `${checked}\n\nThese may stand anywhere and check nothing:\n\n${others}`;
}

export function formatTable(): string {
  const entries: readonly (readonly [string, Format])[] = Object.entries(FORMATS);
  return table(
    ['format', 'of', 'what it says', 'checked for a query by'],
    entries.map(([name, { types, by, means }]) => [`\`${name}\``, types[0] === 'string' ? 'text' : 'numbers', means, BY[by]]),
  );
}

const SECTIONS: Readonly<Record<string, () => string>> = { keywords: keywordTables, formats: formatTable };

/** A page with its generated tables as they should be: each lies between two comments that name it. */
export const withTables = (page: string): string =>
  Object.entries(SECTIONS).reduce((text, [name, make]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from === -1 || to < from) throw new RangeError(`the page has no ${begin} … ${end}`);
    return `${text.slice(0, from + begin.length)}\n${make()}\n${text.slice(to)}`;
  }, page);
