import type { Scalar } from 'yaml';

/** A scalar's node and the text of its file. */
export interface ScalarText {
  readonly node: Scalar;
  readonly text: string;
}

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

/** Where the characters of a scalar begin: behind its quote or the header line of a block. */
function startOf({ node, text }: ScalarText): number {
  const start = node.range?.[0] ?? 0;
  if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') return start + 1;
  if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return start;
  const header = text.indexOf('\n', start);
  return header === -1 ? start : header + 1;
}

/** How many characters of the file are one of the value. */
function widthAt({ node, text }: ScalarText, at: number): number {
  if (node.type === 'QUOTE_DOUBLE' && text[at] === '\\') return 2;
  return node.type === 'QUOTE_SINGLE' && text.startsWith("''", at) ? 2 : 1;
}

const isEscapedSpace = ({ node, text }: ScalarText, at: number): boolean =>
  node.type === 'QUOTE_DOUBLE' && text[at] === '\\' && 'nrt \n'.includes(text[at + 1] ?? '');

/** Offset in the file of the byte of a scalar's value. Lines may be folded and indented, so only characters that are seen are counted. */
export function offsetInFile(scalar: ScalarText, byte: number): number {
  const value = String(scalar.node.value);
  const before = Buffer.from(value).subarray(0, byte).toString('utf8');
  const seen = [...before].filter((character) => !isSpace(character)).join('').length;
  const { text } = scalar;
  let at = startOf(scalar);
  for (let passed = 0; at < text.length; at += widthAt(scalar, at)) {
    if (isSpace(text[at]) || isEscapedSpace(scalar, at)) continue;
    if (passed === seen) break;
    passed += 1;
  }
  return at;
}

/** Line and column, both from 1, of a byte of a text. */
export function lineAndColumn(text: string, byte: number): { readonly line: number; readonly column: number } {
  const lines = Buffer.from(text).subarray(0, byte).toString('utf8').split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
