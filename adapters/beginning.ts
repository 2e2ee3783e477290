import type { Compression } from '../core/contracts';
import { isReplayKey } from '../core/keys';
import { checkContent, checkEncoding, compressionOf, SNIFF_BYTES } from '../core/plan/sniff';
import { dialectOf, parseHeader } from '../core/records';
import { AvroError, avroCodec, parseAvroHeader } from '../core/records/avro-header';
import type { JobSpec } from '../core/spec/schema';
import type { CsvDialect } from '../core/spec/sections/csv';
import { StepFailure } from '../core/step-failures';
import { KIB, MIB } from '../core/units';
import { CorruptStreamError } from './expand';
import type { ObjectStore, StoredObject } from './ports';
import { convertedStart, expandedStart, type Start } from './text-start';

/** What Plan learns of an object from its first bytes. */
export interface Beginning {
  readonly compression?: Compression;
  /** Column names of a delimited file. */
  readonly header?: string[];
}

/** Enough for almost every header. */
const HEADER_FIRST_READ_BYTES = 64 * KIB;
/** A header record longer than this is no header; a bzip2 file gives nothing before its first block of up to 900 kB. */
const LIMIT_BYTES = MIB;

type InputSpec = JobSpec['input'];

/** Looks at the first bytes of an object: refuses by name what is not of the job's format, and reads the header. */
export async function readBeginning(input: ObjectStore, head: StoredObject, spec: InputSpec): Promise<Beginning> {
  // Files are handed on as they are, whatever they hold.
  if (head.bytes === 0 || spec.format === 'files') return {};
  const dialect = dialectOf(spec);
  const wanted = dialect?.header ? dialect : undefined;
  const limit = wanted || spec.format === 'avro' ? HEADER_FIRST_READ_BYTES : SNIFF_BYTES;
  const little = await look(input, head, { spec, limit });
  const first = learn(little, head, wanted);
  if (first) return first;
  const much = await look(input, head, { spec, limit: LIMIT_BYTES });
  const second = learn(much, head, wanted);
  if (second) return second;
  if (!wanted) return compressed(much);
  throw new StepFailure('DATA', `${head.key} has no end of its header record within ${LIMIT_BYTES} bytes`);
}

interface Look extends Start {
  readonly compression: Compression | undefined;
}

async function look(input: ObjectStore, head: StoredObject, { spec, limit }: { spec: InputSpec; limit: number }): Promise<Look> {
  const end = Math.min(limit, head.bytes);
  const bytes = await input.read(head.key, { versionId: head.versionId, range: { start: 0, end } });
  const start = { bytes, complete: end === head.bytes };
  // Its records were taken out of files that passed; it is never compressed, and begins with whatever is wrong with them.
  if (isReplayKey(head.key)) return { ...convertedStart(start, spec.encoding), compression: undefined };
  const compression = compressionOf(bytes, head.key, spec);
  const expanded = await expandedOf(start, head, compression);
  checkEncoding(expanded.bytes, head.key, spec);
  const text = convertedStart(expanded, spec.encoding);
  checkContent(text.bytes, head.key, spec);
  if (spec.format === 'avro') checkAvro(text.bytes, head.key);
  return { ...text, compression };
}

/** A header that is too long for a look is left to the worker. */
function checkAvro(bytes: Buffer, key: string): void {
  try {
    const header = parseAvroHeader(bytes);
    if (header) avroCodec(header);
  } catch (thrown) {
    if (thrown instanceof AvroError) throw new StepFailure('DATA', `${key} cannot be read as Avro: ${thrown.message}`);
    throw thrown;
  }
}

const compressed = ({ compression }: Look): Beginning => (compression ? { compression } : {});

/** What a look tells; undefined when it must be a longer one. */
function learn(seen: Look, head: StoredObject, dialect: CsvDialect | undefined): Beginning | undefined {
  if (seen.bytes.length === 0) return seen.complete ? compressed(seen) : undefined;
  if (!dialect) return compressed(seen);
  const header = headerIn(seen, head, dialect);
  return header && { ...compressed(seen), header };
}

async function expandedOf(stored: Start, head: StoredObject, compression: Compression | undefined): Promise<Start> {
  try {
    return await expandedStart(stored, compression);
  } catch (thrown) {
    if (thrown instanceof CorruptStreamError)
      throw new StepFailure('DATA', `${head.key} cannot be expanded as ${compression}: ${thrown.message}`);
    throw thrown;
  }
}

/** A header that no table can have (a name twice, none, quotes astray) is the file's fault. */
function headerIn({ bytes, complete }: Start, head: StoredObject, dialect: CsvDialect): string[] | undefined {
  try {
    return parseHeader(bytes, dialect, { complete });
  } catch (thrown) {
    throw new StepFailure('DATA', `${head.key}: ${(thrown as Error).message}`);
  }
}
