import { checkChain, type Link, linksByObject } from './chain';
import { combineCrc, emptyCrc } from './checksums';
import { type Check, type Checksum, type Chunk, type Marker, type PlannedObject, type Reconciliation, rowsOf } from './contracts';
import type { SourceObjects } from './source-objects';

export interface Books {
  readonly objects: SourceObjects;
  /** What the listing found, where the run is over one. */
  readonly listed?: { readonly objects: number; readonly bytes: number };
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  /** Whether records are whole files, of which a program makes as many files as it likes. @default false */
  readonly files?: boolean;
}

const check = (name: string, expected: string | number, actual: string | number): Check => ({
  name,
  ok: expected === actual,
  expected: String(expected),
  actual: String(actual),
});

/** The checksum of the whole object as the chunks saw it; undefined where one of them could not tell. */
function combined(algorithm: Checksum['algorithm'], links: readonly Link[]): string | undefined {
  let value: string | undefined = emptyCrc(algorithm);
  for (const { read } of links) {
    if (value === undefined || read.checksum?.algorithm !== algorithm) return undefined;
    value = combineCrc(algorithm, value, read.checksum.value, read.end - read.start);
  }
  return value;
}

function objectChecks(object: number, source: PlannedObject, links: readonly Link[]): readonly Check[] {
  const chain = checkChain(object, source.bytes, links);
  const bytes = check(
    `chunks cover ${source.key} once`,
    `0..${source.bytes}`,
    chain.whole ? `0..${source.bytes}` : `gap or overlap at ${chain.expectedStart}`,
  );
  const value = source.checksum && combined(source.checksum.algorithm, links);
  if (!source.checksum || value === undefined) return [bytes];
  return [bytes, check(`${source.checksum.algorithm} of ${source.key}`, source.checksum.value, value)];
}

function chunkCheck({ id }: Chunk, { markers, files = false }: Books): Check {
  const marker = markers.get(id);
  if (!marker) return check(`chunk ${id} is committed`, 'marker', 'none');
  const { read, written, filtered, quarantined } = marker.counts;
  const made = rowsOf(marker.counts);
  const isOdd = made < written || (written === 0 && made > 0);
  if (isOdd && !files) return check(`chunk ${id}: each record written made a row or more`, written, made);
  return check(`chunk ${id}: read = written + filtered + quarantined`, read, written + filtered + quarantined);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function totalChecks({ leaves, markers, files = false }: Books): readonly Check[] {
  const mine = leaves.flatMap(({ id }) => markers.get(id) ?? []);
  return [
    check('every chunk is committed', leaves.length, mine.length),
    check(
      'records read = written + filtered + quarantined',
      sum(mine.map(({ counts }) => counts.read)),
      sum(mine.map(({ counts }) => counts.written + counts.filtered + counts.quarantined)),
    ),
    check(
      'records read were counted by the splitter',
      sum(mine.flatMap(({ read }) => read.map(({ records }) => records))),
      sum(mine.map(({ counts }) => counts.read)),
    ),
    check(
      files ? 'files published = files that the command made' : 'rows of the parts = rows that the records written made',
      sum(mine.map(({ counts }) => rowsOf(counts))),
      sum(mine.flatMap(({ parts }) => parts.map(({ rows }) => rows))),
    ),
  ];
}

/** A listing's objects are known from the chunks alone, so they are counted against what was listed. */
function listingChecks({ listed }: Books, objects: readonly (readonly [number, PlannedObject])[]): readonly Check[] {
  if (!listed) return [];
  const found = `${objects.length} objects, ${sum(objects.map(([, { bytes }]) => bytes))} bytes`;
  return [check('chunks hold every listed object', `${listed.objects} objects, ${listed.bytes} bytes`, found)];
}

/** Whether the books balance: what was read, chunk by chunk and object by object, against what was made of it. */
export function reconcile(books: Books): Reconciliation {
  const bad = books.leaves.map((chunk) => chunkCheck(chunk, books)).filter(({ ok }) => !ok);
  const links = linksByObject(books.leaves, books.markers);
  const objects = [...books.objects.entries()];
  const chains = objects.flatMap(([object, source]) => objectChecks(object, source, links.get(object) ?? []));
  const checks = [...totalChecks(books), ...listingChecks(books, objects), ...chains, ...bad];
  return { verdict: checks.every(({ ok }) => ok) ? 'BALANCED' : 'MISMATCH', checks };
}
