import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { offsetInFile } from '../query/place';

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** A YAML file whose every value knows where it stands. */
export interface SpecDocument {
  readonly value: unknown;
  readonly problems: readonly (Position & { readonly message: string })[];
  /** Where the value at a path stands; the nearest enclosing key where it does not exist. */
  at(path: Path): Position;
  /** Where the key of a path stands. */
  atKey(path: Path): Position;
  /** Where the byte of the text at a path stands. */
  within(path: Path, byte: number): Position;
}

const START: Position = { line: 1, column: 1 };

/** An alias may not multiply a document without bound. */
const MAX_ALIASES = 50;

/** Reads YAML 1.2; problems are told, never thrown. */
export function readDocument(text: string): SpecDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const position = (offset: number | undefined): Position => (offset === undefined ? START : toPosition(lines, offset));
  // A tag that nobody knows is only warned of, and its value read without it.
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    ...position(error.pos[0]),
    message: `broken yaml: ${plain(error.message)}`,
  }));
  const { value, problem } = broken.length > 0 ? { value: undefined, problem: undefined } : contentOf(document);
  return {
    value,
    problems: problem === undefined ? broken : [{ ...START, message: problem }],
    at: (path) => position(locate(document, path).value),
    atKey: (path) => position(locate(document, path).key),
    within: (path, byte) => {
      const { node } = locate(document, path);
      return position(isScalar(node) ? offsetInFile({ node, text }, byte) : locate(document, path).value);
    },
  };
}

const toPosition = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
};

/** One line, starting small, as all our messages. */
const plain = (message: string): string => {
  const line = message.replace(/\s+/g, ' ').trim();
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`;
};

function contentOf(document: Document.Parsed): { value: unknown; problem: string | undefined } {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), problem: undefined };
  } catch (error) {
    return { value: undefined, problem: `broken yaml: ${plain(error instanceof Error ? error.message : String(error))}` };
  }
}

interface Offsets {
  readonly key: number | undefined;
  readonly value: number | undefined;
  /** Absent where the path ends before. */
  readonly node?: Node | null | undefined;
}

/** Walks as far as the path exists and answers for the last step that did. */
function locate(document: Document.Parsed, path: Path): Offsets {
  let node: Node | null | undefined = document.contents;
  let found: Offsets = { key: startOf(node), value: startOf(node) };
  for (const step of path) {
    const next = child(isAlias(node) ? node.resolve(document) : node, step);
    if (!next) return { key: found.key, value: found.key };
    found = { key: startOf(next.key), value: startOf(next.value) ?? startOf(next.key) };
    node = next.value;
  }
  return { ...found, node: isAlias(node) ? node.resolve(document) : node };
}

interface Child {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function child(node: Node | null | undefined, step: string | number): Child | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? { key: item, value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
  if (!pair) return undefined;
  return { key: isNode(pair.key) ? pair.key : undefined, value: isNode(pair.value) ? pair.value : undefined };
}

const startOf = (node: Node | null | undefined): number | undefined => node?.range?.[0];
