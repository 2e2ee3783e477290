import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '../../core/units';
import { UsageError } from '../errors';
import { LineFile } from './line-file';
import { openPinned, PinnedTexts } from './pinned-objects';
import { type ReplaySource, writeReplayFiles } from './replay-files';
import { wholeRecords } from './whole-records';

/** Where bytes are copied to, and what of. */
export type RawExport = Omit<ReplaySource, 'folder' | 'read'> & { readonly file: string };

const PIECE_BYTES = 8 * MIB;

/** Writes the bytes of records as they stand in their objects, one after another; answers how many records they are. */
export function exportRaw(source: RawExport): Promise<number> {
  const { format } = source.spec.input;
  if (format === 'parquet' || format === 'avro') return exportRows(source);
  return format === 'files' ? exportFiles(source) : exportLines(source);
}

async function exportLines({ records, spec: { input }, openBucket, file }: RawExport): Promise<number> {
  const lines = new LineFile(file);
  let total = 0;
  for await (const whole of wholeRecords(records, { texts: new PinnedTexts(openBucket, input), encoding: input.encoding })) {
    lines.add(whole);
    total++;
  }
  return total;
}

/** Rows stand in a file of their own format, or nowhere. */
async function exportRows(source: RawExport): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-export-'));
  try {
    const { paths, records } = await writeReplayFiles({ ...source, folder });
    const [only, ...others] = paths;
    if (only === undefined || others.length > 0) {
      throw new UsageError(
        `the records have ${paths.length} schemas, expected one for one file: export them without --raw, or replay them`,
      );
    }
    copyFileSync(only, source.file);
    return records;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole files, one after the other. */
async function exportFiles({ records, openBucket, file }: RawExport): Promise<number> {
  writeFileSync(file, '');
  let total = 0;
  for await (const record of records) {
    const { store, head } = await openPinned(openBucket, record, 'its bytes are lost');
    for (let start = 0; start < head.bytes; start += PIECE_BYTES) {
      appendFileSync(
        file,
        await store.read(head.key, { versionId: head.versionId, range: { start, end: Math.min(start + PIECE_BYTES, head.bytes) } }),
      );
    }
    total++;
  }
  return total;
}
