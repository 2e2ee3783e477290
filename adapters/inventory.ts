import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import {
  decodeInventoryKey,
  type InventoryColumns,
  InventoryError,
  type InventoryFile,
  InventoryManifest,
  type InventoryObject,
  type InventoryRow,
  inventoryColumns,
  inventoryFields,
  inventoryObject,
} from '../core/plan/inventory';
import { MIB } from '../core/units';
import { readJson } from './json';
import type { ListedVersion, ListingPlace, ObjectStore, VersionListing } from './ports';

/** A page is as long as one of S3's own listings. */
const PAGE = 1000;
const READ_BYTES = 8 * MIB;

/** A file's bytes range by range; at its end they are checked against the manifest's size and MD5. */
async function* checkedBytes(store: ObjectStore, { key, size, MD5checksum }: InventoryFile): AsyncGenerator<Buffer> {
  const hash = createHash('md5');
  for (let start = 0; start < size; start += READ_BYTES) {
    const bytes = await store.read(key, { range: { start, end: Math.min(size, start + READ_BYTES) } });
    hash.update(bytes);
    yield bytes;
  }
  const found = hash.digest('hex');
  if (found !== MD5checksum) throw new InventoryError(`inventory file ${key} has the MD5 ${found}, its manifest says ${MD5checksum}`);
}

async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const source = Readable.from(bytes);
  const plain = createGunzip();
  source.once('error', (error) => plain.destroy(error));
  plain.once('close', () => source.destroy());
  source.pipe(plain);
  let carried = '';
  for await (const piece of plain.setEncoding('utf8')) {
    const lines = `${carried}${piece as string}`.split('\n');
    carried = lines.pop() ?? '';
    yield* lines;
  }
  if (carried !== '') yield carried;
}

async function* csvRows(store: ObjectStore, file: InventoryFile, columns: InventoryColumns): AsyncGenerator<InventoryRow> {
  for await (const line of linesOf(checkedBytes(store, file))) {
    if (line.trim() === '') continue;
    const fields = inventoryFields(line.trimEnd());
    yield fields.with(columns.key, decodeInventoryKey(fields[columns.key] ?? ''));
  }
}

/** Read twice: once to check it, then its row groups one by one, so that memory holds one group. */
async function* parquetRows(store: ObjectStore, file: InventoryFile, names: readonly string[]): AsyncGenerator<InventoryRow> {
  for await (const _ of checkedBytes(store, file));
  const slice = async (start: number, end = file.size): Promise<ArrayBuffer> => {
    const bytes = await store.read(file.key, { range: { start, end } });
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  const source = { byteLength: file.size, slice };
  const metadata = await parquetMetadataAsync(source);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await parquetReadObjects({ file: source, metadata, rowStart, rowEnd, columns: [...names] });
    for (const row of rows) yield names.map((name) => row[name]);
    rowStart = rowEnd;
  }
}

/** The columns that are read of a Parquet inventory, in the order of `PARQUET_COLUMNS`. */
const PARQUET_NAMES = ['key', 'version_id', 'is_latest', 'is_delete_marker', 'size', 'e_tag'] as const;

function parquetSelection(columns: InventoryColumns): { readonly names: readonly string[]; readonly columns: InventoryColumns } {
  const names = PARQUET_NAMES.slice(0, columns.etag < 0 ? -1 : undefined);
  return { names, columns: { key: 0, versionId: 1, isLatest: 2, isDeleteMarker: 3, size: 4, etag: columns.etag < 0 ? -1 : 5 } };
}

async function* objectsOf(rows: AsyncIterable<InventoryRow>, columns: InventoryColumns): AsyncGenerator<InventoryObject> {
  for await (const row of rows) {
    const object = inventoryObject(row, columns);
    if (object) yield object;
  }
}

/** Which inventory is meant. */
export interface InventoryPlace {
  /** The bucket that the inventory is delivered to. */
  readonly store: ObjectStore;
  readonly manifest: string;
  readonly versionId?: string | undefined;
  /** The bucket that it must be of. @default any */
  readonly of?: string;
}

class InventoryListing implements VersionListing {
  constructor(private readonly place: InventoryPlace) {}

  /** A page never spans files, so that a listing can be continued from its file. */
  async *listVersions(prefix: string, { after, file = 0 }: ListingPlace = {}): AsyncIterable<readonly ListedVersion[]> {
    const manifest = await this.readManifest();
    const columns = inventoryColumns(manifest);
    const search = new Search(after);
    for (const [index, entry] of manifest.files.entries()) {
      if (index < file) continue;
      const objects = below(prefix, this.objects(entry, manifest, columns));
      yield* pagesOf(search.behind(objects), index);
    }
    if (!search.found)
      throw new InventoryError(`the inventory ${this.place.manifest} holds no ${after}, behind which it should be continued`);
  }

  private async readManifest(): Promise<InventoryManifest> {
    const { store, manifest: key, versionId, of } = this.place;
    const manifest = await readJson(store, key, InventoryManifest, versionId);
    if (of === undefined || manifest.sourceBucket === of) return manifest;
    throw new InventoryError(`the inventory ${key} is of the bucket ${manifest.sourceBucket}, expected ${of}`);
  }

  private objects(file: InventoryFile, { fileFormat }: InventoryManifest, columns: InventoryColumns): AsyncIterable<InventoryObject> {
    const { store } = this.place;
    if (fileFormat === 'CSV') return objectsOf(csvRows(store, file, columns), columns);
    const selection = parquetSelection(columns);
    return objectsOf(parquetRows(store, file, selection.names), selection.columns);
  }
}

/** Looks for the object where an earlier listing was left, in one file after another. */
class Search {
  found: boolean;

  constructor(private readonly after: string | undefined) {
    this.found = after === undefined;
  }

  /** What comes after it. */
  async *behind(objects: AsyncIterable<InventoryObject>): AsyncGenerator<InventoryObject> {
    for await (const object of objects) {
      if (this.found) yield object;
      else this.found = object.key === this.after;
    }
  }
}

async function* below(prefix: string, objects: AsyncIterable<InventoryObject>): AsyncGenerator<InventoryObject> {
  for await (const object of objects) if (object.key.startsWith(prefix)) yield object;
}

async function* pagesOf(objects: AsyncIterable<InventoryObject>, file: number): AsyncGenerator<readonly ListedVersion[]> {
  let page: ListedVersion[] = [];
  for await (const object of objects) {
    page.push({ ...object, file });
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/**
 * A bucket as its S3 Inventory has it. Objects come in the inventory's own order, not in that of their keys; a file that
 * is not what the manifest says fails the listing, at the latest at its end.
 */
export const createInventoryListing = (place: InventoryPlace): VersionListing => new InventoryListing(place);
