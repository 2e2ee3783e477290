import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

/** Files of an S3 Inventory as S3 writes them, and the schemas that their manifests name. */

export const CSV_SCHEMA = 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag';
export const PARQUET_SCHEMA = `message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional binary version_id (STRING);  optional boolean is_latest;  optional boolean is_delete_marker;  optional int64 size;  optional binary e_tag (STRING);}`;

export interface InventoryRow {
  readonly key: string;
  readonly versionId?: string;
  readonly latest?: boolean;
  readonly deleted?: boolean;
  readonly bytes?: number;
}

/** Of every object that says no other. */
export const ETAG = 'd41d8cd98f00b204e9800998ecf8427e';

export const csvFile = (rows: readonly InventoryRow[]): Buffer =>
  gzipSync(
    rows
      .map(({ key, versionId = '', latest = true, deleted = false, bytes = '' }) => {
        const written = encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
        return `"bucket","${written}","${versionId}","${latest}","${deleted}","${bytes}","${deleted ? '' : ETAG}"\n`;
      })
      .join(''),
  );

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export async function parquetFile(rows: readonly InventoryRow[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-inventory-'));
  const values = rows.map(
    ({ key, versionId, latest = true, deleted = false, bytes }) =>
      `('bucket', ${literal(key)}, ${versionId ? literal(versionId) : 'NULL'}, ${latest}, ${deleted}, ${bytes ?? 'NULL'}::BIGINT, ${deleted ? 'NULL' : literal(ETAG)})`,
  );
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const columns = 't(bucket, key, version_id, is_latest, is_delete_marker, size, e_tag)';
    await connection.run(
      `COPY (FROM (VALUES ${values.join(',')}) ${columns}) TO ${literal(join(folder, 'f'))} (FORMAT parquet, CODEC 'snappy')`,
    );
    connection.closeSync();
    return readFileSync(join(folder, 'f'));
  } finally {
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}
