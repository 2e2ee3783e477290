import { type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import type { RowGroup } from '../core/plan/chunking';
import type { ObjectStore } from './ports';

/** A file that begins or ends otherwise is not Parquet, or is cut short. */
export class NotParquetError extends Error {
  override readonly name = 'NotParquetError';
}

export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
}

/** Where a column chunk's bytes begin: its dictionary, when it has one, lies before its data. */
function columnStart(meta: FileMetaData['row_groups'][number]['columns'][number]['meta_data']): number {
  const data = Number(meta?.data_page_offset ?? 0);
  const dictionary = Number(meta?.dictionary_page_offset ?? 0);
  return dictionary > 0 ? Math.min(dictionary, data) : data;
}

function rowGroup(group: FileMetaData['row_groups'][number]): RowGroup {
  const starts = group.columns.map(({ meta_data }) => columnStart(meta_data));
  const ends = group.columns.map(({ meta_data }) => columnStart(meta_data) + Number(meta_data?.total_compressed_size ?? 0));
  return { start: Math.min(...starts), end: Math.max(...ends), rows: Number(group.num_rows) };
}

/** The footer of a Parquet file, read by range: one or two requests however large the file. */
export async function readParquetFooter(
  store: ObjectStore,
  file: { readonly key: string; readonly versionId?: string; readonly bytes: number },
): Promise<ParquetFooter> {
  const slice = async (start: number, end = file.bytes): Promise<ArrayBuffer> => {
    const body = await store.read(file.key, { versionId: file.versionId, range: { start, end } });
    return body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
  };
  try {
    const metadata = await parquetMetadataAsync({ byteLength: file.bytes, slice });
    return { rows: Number(metadata.num_rows), rowGroups: metadata.row_groups.map(rowGroup) };
  } catch (thrown) {
    if (thrown instanceof Error && /parquet/i.test(thrown.message)) throw new NotParquetError(`${file.key}: ${thrown.message}`);
    throw thrown;
  }
}
