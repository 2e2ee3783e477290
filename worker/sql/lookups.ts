import { mkdir, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ObjectNotFoundError } from '../../adapters/errors';
import type { ObjectStore } from '../../adapters/ports';
import type { Plan } from '../../core/contracts';
import { inferSchema } from '../../core/inference/infer-schema';
import { type Lookup, lookupsOf } from '../../core/plan/lookups';
import { dialectOf, parseHeader } from '../../core/records';
import type { JobSpec } from '../../core/spec/schema';
import { Input as InputSection } from '../../core/spec/sections/input';
import { formatBytes, MIB } from '../../core/units';
import { literal } from '../engine';
import { ConfigFailure } from '../failures';
import { columnsOf, propertiesOf, type Schema, sqlType } from '../schema/columns';

/** Text is looked through as a whole to tell its types, so it must fit into memory beside a chunk. */
const MAX_TEXT_BYTES = 128 * MIB;
const PIECE_BYTES = 8 * MIB;

type Input = JobSpec['input'];

/** A lookup as a query may scan it. */
export interface LookupTable {
  readonly name: string;
  readonly file: string;
  /** To stand after FROM. */
  readonly scan: string;
}

export interface LookupDeps {
  readonly plan: Plan;
  readonly jobsFolder: string;
  /** Where copies go; made when one is needed. */
  readonly folder: string;
  /** Buckets by name, as far as the task may read them.
   *  @default - none */
  readonly bucket?: (name: string) => ObjectStore;
}

function noBucket(name: string): ObjectStore {
  throw new ConfigFailure(`the task may read no bucket ${name}`, 'deploy again: a job may read the lookups that its spec names');
}

/** Fetches a job's lookups once, when a query first wants them; a fetch that failed is tried again for the next chunk. */
export function lookupTables(deps: LookupDeps): () => Promise<readonly LookupTable[]> {
  let tables: Promise<readonly LookupTable[]> | undefined;
  return () => {
    tables ??= Promise.all(lookupsOf(deps.plan.config.spec).map((lookup) => tableOf(lookup, deps)));
    tables.catch(() => {
      tables = undefined;
    });
    return tables;
  };
}

async function tableOf(lookup: Lookup, deps: LookupDeps): Promise<LookupTable> {
  const { name } = lookup;
  const file = 'path' in lookup.at ? path.join(deps.jobsFolder, lookup.at.path) : await fetched(lookup, deps);
  return { name, file, scan: await scanOf(lookup, file) };
}

/** The version that the plan has pinned. */
async function fetched({ name, format }: Lookup, { plan, folder, bucket = noBucket }: LookupDeps): Promise<string> {
  const pinned = plan.lookups?.find((one) => one.name === name);
  if (!pinned) throw new ConfigFailure(`the plan has no version of the lookup ${name}`, 'run the files again');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.${format}`);
  const out = await open(file, 'w');
  try {
    for (let start = 0; start < pinned.bytes; start += PIECE_BYTES) {
      const range = { start, end: Math.min(start + PIECE_BYTES, pinned.bytes) };
      await out.appendFile(await bucket(pinned.bucket).read(pinned.key, { versionId: pinned.versionId, range }));
    }
    return file;
  } catch (thrown) {
    if (!(thrown instanceof ObjectNotFoundError)) throw thrown;
    throw new ConfigFailure(`the lookup ${name} is gone: ${thrown.message}`, 'run the files again');
  } finally {
    await out.close();
  }
}

async function scanOf({ name, format }: Lookup, file: string): Promise<string> {
  if (format === 'parquet') return `read_parquet(${literal(file)})`;
  const bytes = await readText(name, file);
  const input = InputSection.parse({ prefix: 'lookups/', format });
  const dialect = dialectOf(input);
  const { names, schema } = columnsIn({ name, bytes, input });
  const types = columnsOf(names, schema).map((column) => `${literal(column.name)}: ${literal(sqlType(column))}`);
  const columns = `columns = {${types.join(', ')}}`;
  if (!dialect) return `read_json(${literal(file)}, ${columns}, format = 'newline_delimited')`;
  return `read_csv(${literal(file)}, ${columns}, auto_detect = false, header = true, delim = ${literal(dialect.delimiter)}, quote = '"', escape = '"')`;
}

interface LookupText {
  readonly name: string;
  readonly bytes: Buffer;
  readonly input: Input;
}

/** Typed as carefully as input is, and by all that there is. */
function columnsIn({ name, bytes, input }: LookupText): { readonly names: readonly string[]; readonly schema: Schema | undefined } {
  const dialect = dialectOf(input);
  const sample = { bytes, complete: true };
  try {
    const schema = inferSchema([sample], input);
    const names = dialect && bytes.length > 0 ? parseHeader(bytes, dialect, sample) : Object.keys(propertiesOf(schema));
    if (names && names.length > 0) return { names, schema };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ConfigFailure(`the lookup ${name} cannot be read: ${thrown.message}`, 'mend its first line');
  }
  throw new ConfigFailure(`the lookup ${name} has no columns`, 'name the columns in its first line');
}

async function readText(name: string, file: string): Promise<Buffer> {
  const { size } = await stat(file);
  if (size <= MAX_TEXT_BYTES) return readFile(file);
  throw new ConfigFailure(
    `the lookup ${name} has ${formatBytes(size)} of text, allowed: ${formatBytes(MAX_TEXT_BYTES)}`,
    'write it as Parquet, which is read in parts',
  );
}
