import { z } from 'zod';

/** S3 Inventory: the list of a bucket that S3 itself writes every day, for when there is too much to list. */

const File = z.object({ key: z.string(), size: z.number().int().nonnegative(), MD5checksum: z.string().regex(/^[0-9a-f]{32}$/) });
export type InventoryFile = z.infer<typeof File>;

/** `manifest.json` of one inventory. */
export const InventoryManifest = z.object({
  sourceBucket: z.string(),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(File),
});
export type InventoryManifest = z.infer<typeof InventoryManifest>;

/** The inventory is of a kind that no run can be planned from, or not what its manifest says. */
export class InventoryError extends Error {
  override readonly name = 'InventoryError';
}

/** Where an inventory's rows hold what a listing needs; -1 for what may be missing and is. */
export interface InventoryColumns {
  readonly key: number;
  readonly versionId: number;
  readonly isLatest: number;
  readonly isDeleteMarker: number;
  readonly size: number;
  readonly etag: number;
}

const NAMES: Readonly<Record<keyof InventoryColumns, string>> = {
  key: 'Key',
  versionId: 'VersionId',
  isLatest: 'IsLatest',
  isDeleteMarker: 'IsDeleteMarker',
  size: 'Size',
  etag: 'ETag',
};
/** S3 lists these in every inventory of all versions, or only where somebody asked for them. */
const OPTIONAL: ReadonlySet<string> = new Set(['ETag']);

/** `IsDeleteMarker` of a CSV schema is `is_delete_marker` in a Parquet one. */
const parquetName = (name: string): string => (name === 'ETag' ? 'e_tag' : name.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase());

/** Names of the columns as the manifest's schema lists them, written as in CSV or as in Parquet. */
function namesIn({ fileFormat, fileSchema }: InventoryManifest): readonly string[] {
  if (fileFormat === 'CSV') return fileSchema.split(',').map((name) => name.trim());
  return [...fileSchema.matchAll(/(?:required|optional)\s+\w+\s+(\w+)/g)].map((match) => match[1] ?? '');
}

/** What columns to read; refuses formats and inventories that cannot pin versions, by name. */
export function inventoryColumns(manifest: InventoryManifest): InventoryColumns {
  const { fileFormat } = manifest;
  if (fileFormat !== 'CSV' && fileFormat !== 'Parquet') {
    throw new InventoryError(
      `the inventory's files are ${fileFormat}, expected CSV or Parquet: set the inventory's output format to one of them`,
    );
  }
  const present = namesIn(manifest);
  const indexOf = (name: string): number => present.indexOf(fileFormat === 'CSV' ? name : parquetName(name));
  const missing = Object.values(NAMES).filter((name) => indexOf(name) < 0 && !OPTIONAL.has(name));
  if (missing.length > 0) {
    throw new InventoryError(
      `the inventory has no ${missing.join(', ')}, only ${present.join(', ')}: set it to list all versions, with their size`,
    );
  }
  return Object.fromEntries(Object.entries(NAMES).map(([field, name]) => [field, indexOf(name)])) as unknown as InventoryColumns;
}

/** One row of an inventory as its file has it: text from CSV, typed values from Parquet. */
export type InventoryRow = readonly unknown[];

export interface InventoryObject {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly etag: string;
}

const isTrue = (value: unknown): boolean => value === true || value === 'true';
const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** The object of a row; undefined for a delete marker and for a version that was replaced. */
export function inventoryObject(row: InventoryRow, columns: InventoryColumns): InventoryObject | undefined {
  if (!isTrue(row[columns.isLatest]) || isTrue(row[columns.isDeleteMarker])) return undefined;
  const etag = textOf(row[columns.etag]);
  return {
    key: textOf(row[columns.key]),
    // Written before the bucket had versions.
    versionId: textOf(row[columns.versionId]) || 'null',
    bytes: Number(row[columns.size] ?? 0),
    // As S3's other answers write it.
    etag: etag === '' ? '' : `"${etag}"`,
  };
}

/** The fields of a line of a CSV inventory: always quoted, keys percent-encoded so that no line break is within one. */
export function inventoryFields(line: string): readonly string[] {
  if (!line.startsWith('"') || !line.endsWith('"') || line.length < 2) {
    throw new InventoryError(`inventory line ${JSON.stringify(line.slice(0, 80))}, expected quoted fields`);
  }
  return line
    .slice(1, -1)
    .split('","')
    .map((field) => field.replaceAll('""', '"'));
}

/** A key as S3 writes it into CSV inventories. */
export const decodeInventoryKey = (key: string): string => (/[%+]/.test(key) ? decodeURIComponent(key.replaceAll('+', ' ')) : key);
