import { mapConcurrently } from '../../adapters/concurrency';
import { NotParquetError, readParquetFooter } from '../../adapters/parquet';
import type { ObjectStore, StoredObject } from '../../adapters/ports';
import type { Divisible } from '../../core/chunking';
import type { JobConfig, ObjectRef, PlannedObject } from '../../core/contracts';
import { dialectOf, parseHeader } from '../../core/records';
import type { CsvDialect } from '../../core/spec/schema';
import { StepFailure } from '../../core/step-failures';
import { MIB } from '../../core/units';

const HEADS_AT_ONCE = 32;
/** A header record longer than this is no header. */
const HEADER_LIMIT_BYTES = MIB;
const HEADER_FIRST_READ_BYTES = 64 * 1024;
const COMPRESSED = /\.(gz|zst|bz2|zip|xz)$/i;
const PARQUET_MAGIC = 'PAR1';

async function headOf(input: ObjectStore, { key, versionId }: ObjectRef): Promise<StoredObject> {
  const head = await input.head(key, versionId);
  if (!head)
    throw new StepFailure(
      'DATA',
      `s3://${input.bucket}/${key} has no version ${versionId} any more: it was deleted before the run was planned`,
    );
  return head;
}

/** The bytes that a format must start with, checked before anything is submitted. */
async function refuseMismatch(input: ObjectStore, head: StoredObject, format: string): Promise<void> {
  if (COMPRESSED.test(head.key)) {
    throw new StepFailure('CONFIG', `${head.key} is compressed, expected plain ${format}: unpack it before dropping it`);
  }
  if (head.bytes === 0) return;
  const start = (await input.read(head.key, { versionId: head.versionId, range: { start: 0, end: 4 } })).toString('latin1');
  const isParquet = start === PARQUET_MAGIC;
  if (isParquet === (format === 'parquet')) return;
  throw new StepFailure(
    'CONFIG',
    `${head.key} ${isParquet ? 'is a Parquet file' : 'is no Parquet file'}, but the job's input.format is ${format}`,
  );
}

/** A header that no table can have (a name twice, none, quotes astray) is the file's fault. */
function headerIn(bytes: Buffer, head: StoredObject, dialect: CsvDialect): string[] | undefined {
  try {
    return parseHeader(bytes, dialect, { complete: bytes.length === head.bytes });
  } catch (thrown) {
    throw new StepFailure('DATA', `${head.key}: ${(thrown as Error).message}`);
  }
}

async function headerOf(input: ObjectStore, head: StoredObject, spec: JobConfig['spec']): Promise<string[] | undefined> {
  const dialect = dialectOf(spec.input);
  if (!dialect?.header || head.bytes === 0) return undefined;
  for (const limit of [HEADER_FIRST_READ_BYTES, HEADER_LIMIT_BYTES]) {
    const bytes = await input.read(head.key, { versionId: head.versionId, range: { start: 0, end: Math.min(limit, head.bytes) } });
    const header = headerIn(bytes, head, dialect);
    if (header) return header;
  }
  throw new StepFailure('DATA', `${head.key} has no end of its header record within ${HEADER_LIMIT_BYTES} bytes`);
}

/** An object's pins: size, checksum and header of exactly the version that the run is over. */
async function plannedObject(input: ObjectStore, ref: ObjectRef, config: JobConfig): Promise<PlannedObject> {
  const head = await headOf(input, ref);
  await refuseMismatch(input, head, config.spec.input.format);
  const header = await headerOf(input, head, config.spec);
  return { ...ref, bytes: head.bytes, etag: head.etag, ...(head.checksum && { checksum: head.checksum }), ...(header && { header }) };
}

export const plannedObjects = (input: ObjectStore, refs: readonly ObjectRef[], config: JobConfig): Promise<PlannedObject[]> =>
  mapConcurrently(refs, HEADS_AT_ONCE, (ref) => plannedObject(input, ref, config));

/** How the objects may be cut: anywhere between records, or only between row groups. */
export function divisibles(input: ObjectStore, objects: readonly PlannedObject[], format: string): Promise<Divisible[]> {
  return mapConcurrently(objects, HEADS_AT_ONCE, async (object) => {
    if (format !== 'parquet' || object.bytes === 0) return { bytes: object.bytes };
    try {
      return { bytes: object.bytes, rowGroups: (await readParquetFooter(input, object)).rowGroups };
    } catch (thrown) {
      if (thrown instanceof NotParquetError) throw new StepFailure('DATA', thrown.message);
      throw thrown;
    }
  });
}
