import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UsageError } from './errors';
import { parseUri } from './state/local-path';

/** What a run is asked to be over. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string };

/** Files and `s3://bucket/key` as given on the command line; every one that cannot be is told. */
export function parseSources(given: readonly string[], cwd: string): readonly Source[] {
  const read = given.map((text) => parseSource(text, cwd));
  const sources = read.flatMap((one) => ('problem' in one ? [] : [one]));
  const problems = [...read.flatMap((one) => ('problem' in one ? [one.problem] : [])), ...namedTwice(sources)];
  if (problems.length > 0) throw new UsageError(problems.map((message) => ({ message })));
  return distinctNames(sources);
}

/** Nothing is read twice: not even what is asked for twice. */
function namedTwice(sources: readonly Source[]): readonly string[] {
  const names = sources.map((source) => (source.kind === 'file' ? source.path : `s3://${source.bucket}/${source.key}`));
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))].map((name) => `${name} is named twice`);
}

function parseSource(given: string, cwd: string): Source | { readonly problem: string } {
  if (given.startsWith('s3:')) {
    const uri = parseUri(given);
    const whole = uri !== undefined && uri.key !== '' && !uri.key.endsWith('/');
    return whole ? { kind: 'object', ...uri } : { problem: `expected s3://bucket/key of one object, received "${given}"` };
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
