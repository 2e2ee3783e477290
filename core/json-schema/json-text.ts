/** Where a value of a JSON text stands, and its key, as offsets. */
export interface JsonPlace {
  readonly key: number;
  readonly value: number;
}

/** What a JSON text says beyond its value, by JSON pointer. */
export interface JsonText {
  readonly places: ReadonlyMap<string, JsonPlace>;
  /** Keys that stand twice in one object. */
  readonly duplicates: readonly (JsonPlace & { readonly pointer: string })[];
  /** Numbers as they are written that JavaScript cannot hold. */
  readonly inexact: ReadonlyMap<string, string>;
}

export const NO_TEXT: JsonText = { places: new Map(), duplicates: [], inexact: new Map() };

const TOKEN = /[\s,:]*(?:("(?:[^"\\]|\\.)*")|([{}[\]])|([^\s,:{}[\]"]+))/y;

export const escapeStep = (step: string | number): string => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;

interface Open {
  readonly pointer: string;
  readonly isObject: boolean;
  items: number;
  key?: { readonly text: string; readonly at: number };
}

/** Reads the places of a text that is known to be JSON. */
export function locateJson(text: string): JsonText {
  const reader = new Locator();
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const word = (token[1] ?? token[2] ?? token[3]) as string;
    reader.take(word, TOKEN.lastIndex - word.length);
  }
  return reader;
}

/** Follows the tokens of a JSON text and notes where each value is. */
class Locator implements JsonText {
  readonly places = new Map<string, JsonPlace>();
  readonly duplicates: (JsonPlace & { pointer: string })[] = [];
  readonly inexact = new Map<string, string>();
  private readonly open: Open[] = [];

  take(word: string, at: number): void {
    const around = this.open.at(-1);
    if (word === '}' || word === ']') this.open.pop();
    else if (around?.isObject && around.key === undefined) around.key = { text: JSON.parse(word) as string, at };
    else this.value(word, at, around);
  }

  private value(word: string, at: number, around: Open | undefined): void {
    const pointer = around ? `${around.pointer}${escapeStep(around.key?.text ?? around.items)}` : '';
    const place = { key: around?.key?.at ?? at, value: at };
    if (this.places.has(pointer)) this.duplicates.push({ pointer, ...place });
    this.places.set(pointer, place);
    if (around) {
      around.items += 1;
      delete around.key;
    }
    if (word === '{' || word === '[') this.open.push({ pointer, isObject: word === '{', items: 0 });
    else if (/^[-\d]/.test(word) && !isExact(word)) this.inexact.set(pointer, word);
  }
}

function isExact(word: string): boolean {
  const value = Number(word);
  return Number.isFinite(value) && (!/^-?\d+$/.test(word) || BigInt(word) === BigInt(value));
}
