import { realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { RunSource } from '../core/contracts';
import { prefixOf } from '../core/plan/source-scope';
import type { LoadedJob } from '../core/spec/load';
import { refusingByName, UsageError } from './errors';
import { parseUri } from './state/local-path';

/** What a run is asked to be over. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string }
  | RunSource;

export interface SourceOptions {
  /** Whether the one URI given is that of an S3 Inventory's manifest. @default false */
  readonly inventory?: boolean;
  /** Told of what is named twice. @default - nobody is told */
  readonly notice?: (line: string) => void;
}

/** Whether what is named is not an object but where many of them lie. */
export const isRunSource = (source: Source | undefined): source is RunSource =>
  source !== undefined && (source.kind === 'prefix' || source.kind === 'inventory');

/**
 * Files, `s3://bucket/key` and `s3://bucket/prefix/` as given on the command line, each once; every one that cannot be is
 * told.
 */
export function parseSources(
  given: readonly string[],
  cwd: string,
  { inventory = false, notice = () => undefined }: SourceOptions = {},
): readonly Source[] {
  const read = given.map((text) => (inventory ? parseManifest(text) : parseSource(text, cwd)));
  const sources = distinctSources(
    read.flatMap((one) => ('problem' in one ? [] : [one])),
    notice,
  );
  const problems = [...read.flatMap((one) => ('problem' in one ? [one.problem] : [])), ...notAlone(sources)];
  if (problems.length > 0) throw new UsageError(problems.map((message) => ({ message })));
  return distinctNames(sources);
}

/** Nothing is read twice: not even what is named twice, or by another name that links to it. */
function distinctSources(sources: readonly Source[], notice: (line: string) => void): readonly Source[] {
  const first = new Map<string, Source>();
  for (const source of sources) {
    const place = source.kind === 'file' ? realpathSync(source.path) : nameOf(source);
    const before = first.get(place);
    if (!before) first.set(place, source);
    else notice(`${nameOf(source)} is named twice${nameOf(before) === nameOf(source) ? '' : `, as ${nameOf(before)}`}: it is read once`);
  }
  return [...first.values()];
}

/** As it is given on the command line. */
export function nameOf(source: Source): string {
  if (source.kind === 'file') return source.path;
  const key = source.kind === 'object' ? source.key : source.kind === 'prefix' ? source.prefix : source.manifest;
  return `s3://${source.bucket}/${key}`;
}

/** A run is over a list of objects or over one listing. */
function notAlone(sources: readonly Source[]): readonly string[] {
  const listing = sources.length > 1 ? sources.find(isRunSource) : undefined;
  return listing ? [`${nameOf(listing)} is a run of its own, received ${sources.length} sources`] : [];
}

/** What lies outside of a job's own prefix is refused as the run would be, before anything is brought up. */
export async function refuseOutside({ spec }: Pick<LoadedJob, 'spec'>, sources: readonly Source[]): Promise<void> {
  await refusingByName(() => sources.filter(isRunSource).map((source) => prefixOf(source, { spec })));
}

type Parsed = Source | { readonly problem: string };

function parseManifest(given: string): Parsed {
  const uri = parseUri(given);
  if (uri?.key.endsWith('manifest.json')) return { kind: 'inventory', bucket: uri.bucket, manifest: uri.key };
  return { problem: `expected s3://bucket/…/manifest.json of an S3 Inventory, received "${given}"` };
}

function parseSource(given: string, cwd: string): Parsed {
  if (given.startsWith('s3:')) {
    const uri = parseUri(given);
    if (!uri) return { problem: `expected s3://bucket/key or s3://bucket/prefix/, received "${given}"` };
    const { bucket, key } = uri;
    return key === '' || key.endsWith('/') ? { kind: 'prefix', bucket, prefix: key } : { kind: 'object', bucket, key };
  }
  const path = resolve(cwd, given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { problem: `no such file: ${given}` };
  return found.isFile() ? { kind: 'file', path, name: basename(path) } : { problem: `expected a file, ${given} is none` };
}

/** Files of the same name from several folders are numbered, so that each has a key of its own. */
function distinctNames(sources: readonly Source[]): readonly Source[] {
  const seen = new Map<string, number>();
  return sources.map((source) => {
    if (source.kind !== 'file') return source;
    const before = seen.get(source.name) ?? 0;
    seen.set(source.name, before + 1);
    return before === 0 ? source : { ...source, name: `${before + 1}/${source.name}` };
  });
}
