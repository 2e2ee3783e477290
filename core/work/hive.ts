/** Folder names as Hive makes them, which Spark, DuckDB, Athena and pyarrow read as columns. */

/** What Hive escapes, and no more: it reads `%C3%A9` as two characters, so letters beyond ASCII stand as they are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be escaped
const SPECIAL = /[\u0000-\u001f"#%'*/:=?\\\u007f{}[\]^]/g;

/** Stands for a value that is not there; an empty text has no folder name either. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

const HEX_DIGITS = 2;
const toFolder = (text: string): string =>
  text.replace(SPECIAL, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(HEX_DIGITS, '0')}`);

/** `country=DE/year=2024/`; whatever a value holds, it makes one folder. */
export const hivePath = (values: readonly (readonly [column: string, value: string | null])[]): string =>
  values.map(([column, value]) => `${toFolder(column)}=${value === null || value === '' ? NO_VALUE : toFolder(value)}/`).join('');

/** The values that a path stands for. */
export const hiveValues = (path: string): readonly (readonly [column: string, value: string | null])[] =>
  path
    .split('/')
    .filter((folder) => folder !== '')
    .map((folder) => {
      const [column = '', value = ''] = folder.split('=');
      return [fromFolder(column), value === NO_VALUE ? null : fromFolder(value)] as const;
    });

const fromFolder = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
