import type { CsvDialect } from '../spec/sections/csv';

/** The fields of one record without its line break; undefined when its quotes are malformed. */
export function splitFields(record: string, dialect: CsvDialect): readonly string[] | undefined {
  return record.includes(dialect.quote) ? splitQuoted(record, dialect) : record.split(dialect.delimiter);
}

function splitQuoted(record: string, dialect: CsvDialect): readonly string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  while (at <= record.length) {
    if (record[at] === dialect.quote) {
      const close = closingQuote(record, at + 1, dialect);
      const next = close + 1;
      if (close === -1 || (next < record.length && record[next] !== dialect.delimiter)) return undefined;
      fields.push(unescaped(record.slice(at + 1, close), dialect));
      at = next + 1;
    } else {
      const delimiter = record.indexOf(dialect.delimiter, at);
      const end = delimiter === -1 ? record.length : delimiter;
      fields.push(record.slice(at, end));
      at = end + 1;
    }
  }
  return fields;
}

function closingQuote(record: string, from: number, dialect: CsvDialect): number {
  const doubled = dialect.escape === dialect.quote;
  for (let at = from; at < record.length; at += 1) {
    const character = record[at];
    if (!doubled && character === dialect.escape) at += 1;
    else if (character === dialect.quote) {
      if (!doubled || record[at + 1] !== dialect.quote) return at;
      at += 1;
    }
  }
  return -1;
}

/** Takes the escapes off; one that stands before neither a quote nor an escape stands for itself. */
export function unescaped(content: string, dialect: CsvDialect): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = content.indexOf(dialect.escape); at !== -1; at = content.indexOf(dialect.escape, at)) {
    const next = content[at + 1];
    const escapes = next === dialect.quote || next === dialect.escape;
    pieces.push(content.slice(from, escapes ? at : at + 1));
    from = at + 1;
    at += escapes ? 2 : 1;
  }
  return pieces.length === 0 ? content : pieces.join('') + content.slice(from);
}
