/** DuckDB's own syntax tree or plan of a query, as it writes it in JSON. */
export type Tree = { readonly [key: string]: unknown };

export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A tree beneath another; undefined where there is none. */
export const treeAt = (tree: Tree, key: string): Tree | undefined => {
  const value = tree[key];
  return isTree(value) ? value : undefined;
};

export const treesAt = (tree: Tree, key: string): readonly Tree[] => {
  const value = tree[key];
  return Array.isArray(value) ? value.filter(isTree) : [];
};

export const textAt = (tree: Tree, key: string): string => {
  const value = tree[key];
  return typeof value === 'string' ? value : '';
};

export const textsAt = (tree: Tree, key: string): readonly string[] => {
  const value = tree[key];
  return Array.isArray(value) ? value.map(String) : [];
};

/** Strings and numbers of a JSON text. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Stands before the digits of a number that JavaScript would round. */
const EXACT = 'batchwright:exact:';
const EXACT_TEXT = new RegExp(`"${EXACT}(-?[0-9.eE+-]+)"`, 'g');

/** Reads DuckDB's JSON. A number that JavaScript cannot hold is kept by its digits. */
export const parseTree = (json: string): Tree =>
  JSON.parse(json.replace(TOKEN, (token) => (token.startsWith('"') || String(Number(token)) === token ? token : `"${EXACT}${token}"`)));

/** Writes a tree as DuckDB reads it. */
export const printTree = (tree: Tree): string => JSON.stringify(tree).replace(EXACT_TEXT, '$1');

/** The same tree with every nested tree changed, the innermost first. */
export function mapTrees(value: unknown, change: (tree: Tree) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => mapTrees(one, change));
  if (!isTree(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTrees(inner, change)])));
}

/** How DuckDB says that a tree stands nowhere in the text. */
const NOWHERE = 2 ** 63;

/** Byte offset in the query's text of the first place that a tree or one beneath it names. */
export function offsetOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.reduce<number | undefined>((found, one) => found ?? offsetOf(one), undefined);
  if (!isTree(value)) return undefined;
  const own = value.query_location;
  if (typeof own === 'number' && own < NOWHERE) return own;
  return Object.values(value).reduce<number | undefined>((found, one) => found ?? offsetOf(one), undefined);
}
