import { checkChain, type Link, linksByObject } from '../assess/chain';
import { type Check, type Checksum, type Chunk, type Marker, type PlannedObject, type Reconciliation, rowsOf } from '../contracts';
import type { SourceObjects } from '../plan/source-objects';
import { check, chunkChecks } from './books-of-chunk';
import { combineCrc, emptyCrc } from './checksums';
import { identityChecks } from './identities';
import { columnsCheck } from './part-columns';

export interface Books {
  readonly objects: SourceObjects;
  /** What the listing found, where the run is over one. */
  readonly listed?: { readonly objects: number; readonly bytes: number };
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  /** Whether records are whole files, of which a program makes as many files as it likes. @default false */
  readonly files?: boolean;
}

/** The checksum of the whole object as the chunks saw it; undefined where one of them could not tell. */
function combined(algorithm: Checksum['algorithm'], links: readonly Link[]): string | undefined {
  let value: string | undefined = emptyCrc(algorithm);
  for (const { read } of links) {
    if (value === undefined || read.checksum?.algorithm !== algorithm) return undefined;
    value = combineCrc(algorithm, value, read.checksum.value, read.end - read.start);
  }
  return value;
}

/** Where a chain breaks, and at which chunk. */
function breakOf(links: readonly Link[], at: number): string {
  const next = links.find(({ read }, i) => read.start !== (links[i - 1]?.read.end ?? 0) || read.window !== undefined);
  return `gap or overlap at ${at}${next ? `, where chunk ${next.chunk.id} reads on from ${next.read.start}` : ''}`;
}

const chunksOf = (links: readonly Link[]): string =>
  links.length > 1 ? `chunks ${links[0]?.chunk.id} to ${links.at(-1)?.chunk.id}` : `chunk ${links[0]?.chunk.id}`;

function objectChecks(object: number, source: PlannedObject, links: readonly Link[]): readonly Check[] {
  const { key, bytes, checksum } = source;
  const chain = checkChain(object, bytes, links);
  const cover = check(`chunks cover ${key} once`, `0..${bytes}`, chain.whole ? `0..${bytes}` : breakOf(links, chain.expectedStart));
  if (!checksum) return [cover];
  const { algorithm, value } = checksum;
  const found = combined(algorithm, links);
  // What was not summed is not proven, whoever left it out.
  const actual = found === value ? value : `${found ?? 'none'} over ${chunksOf(links)}`;
  return [cover, check(`${algorithm} of ${key}`, value, actual)];
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

/** A part is one chunk's: two chunks that made the same one would each count what only one of them delivered. */
function partChecks({ leaves, markers }: Books): readonly Check[] {
  const owners = new Map<string, string>();
  const twice: Check[] = [];
  for (const { id } of leaves) {
    for (const { key } of markers.get(id)?.parts ?? []) {
      const owner = owners.get(key);
      if (owner !== undefined) twice.push(check(`${key} is a part of one chunk`, owner, `${owner} and ${id}`));
      owners.set(key, id);
    }
  }
  return twice;
}

/** Objects of which S3 keeps no checksum of the whole: that their bytes are accounted for is all the proof there is. */
function unprovenChecks(objects: readonly (readonly [number, PlannedObject])[]): readonly Check[] {
  const unproven = objects.filter(([, { checksum, bytes }]) => !checksum && bytes > 0).map(([, { key }]) => key);
  if (unproven.length === 0) return [];
  const which = unproven.length === 1 ? `${unproven[0]} has` : `${unproven.length} objects, the first ${unproven[0]}, have`;
  return [check(`${which} no checksum in S3: proven by their bytes alone`, unproven.length, unproven.length)];
}

/** Of queries: whether each row showed which record it belongs to. Where rows were counted no record can have two, so the books stand. */
function rowIdentityChecks({ leaves, markers }: Books): readonly Check[] {
  const told = leaves.flatMap(({ id }) => markers.get(id)?.identity ?? []);
  if (told.length === 0) return [];
  const counted = told.filter((identity) => identity === 'computed').length;
  if (counted === 0)
    return [check('rows carried the numbers of their records through the query', `${told.length} chunks`, `${told.length} chunks`)];
  return [
    {
      ...check('rows were counted, not traced to their records', 'observed', 'observed'),
      actual: `computed in ${counted} of ${told.length} chunks`,
      severity: 'warn',
    },
  ];
}

/** A listing's objects are known from the chunks alone, so they are counted against what was listed. */
function listingChecks({ listed }: Books, objects: readonly (readonly [number, PlannedObject])[]): readonly Check[] {
  if (!listed) return [];
  const found = `${objects.length} objects, ${sum(objects.map(([, { bytes }]) => bytes))} bytes`;
  return [check('chunks hold every listed object', `${listed.objects} objects, ${listed.bytes} bytes`, found)];
}

/**
 * Whether the books balance: what was read, chunk by chunk and object by object, against what was made of it. What is
 * wrong with single chunks comes first, since it tells where to look.
 */
export function reconcile(books: Books): Reconciliation {
  const { leaves, markers, files = false } = books;
  const bad = leaves.flatMap((chunk) => chunkChecks(chunk, markers.get(chunk.id), files)).filter(({ ok }) => !ok);
  const links = linksByObject(leaves, markers);
  const objects = [...books.objects.entries()];
  const chains = objects.flatMap(([object, source]) => objectChecks(object, source, links.get(object) ?? []));
  const unproven = unprovenChecks(objects);
  const shared = [...identityChecks({ objects, leaves }), ...columnsCheck(leaves, markers)];
  const totals = [...totalChecks(books), ...rowIdentityChecks(books), ...listingChecks(books, objects)];
  const checks = [...bad, ...partChecks(books), ...shared, ...totals, ...chains, ...unproven];
  if (!checks.every(({ ok }) => ok)) return { verdict: 'MISMATCH', checks };
  return { verdict: unproven.length > 0 ? 'UNVERIFIED' : 'BALANCED', checks };
}
