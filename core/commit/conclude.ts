import type { Chunk, Decision, Failure, FinalCause, Manifest, Marker, PendingPart, Plan } from '../contracts';
import { CHECKS, createFailure } from '../failures';
import { partitionOf } from '../keys';
import { inputOf, objectsOf } from '../plan/source-objects';
import { qualityChecks, qualityFailure } from './quality';
import { type Books, reconcile } from './reconcile';
import { totalsOf } from './totals';

export interface Work {
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
}

/** The parts that count, in record order. */
export const partsOf = ({ leaves, markers }: Work): readonly (PendingPart & { readonly chunk: string })[] =>
  leaves.flatMap(({ id }) => (markers.get(id)?.parts ?? []).map((part) => ({ ...part, chunk: id })));

const NOTHING_READ = { verdict: 'UNVERIFIED' as const, checks: [] };

const mismatch = (checks: Decision['reconciliation']['checks']): Failure => {
  const bad = checks.find(({ ok }) => !ok);
  return createFailure(
    {
      class: 'CODE',
      message: `the books do not balance: ${bad?.name}: expected ${bad?.expected}, found ${bad?.actual}`,
      hint: 'nothing was published; the input is untouched: look at the checks in the report, then run again',
    },
    CHECKS,
  );
};

/** Empty objects are listed, but nothing is read of them. */
function booksOf(plan: Plan, work: Work): Books {
  const { listing, bytes } = plan;
  const files = plan.config.spec.input.format === 'files';
  const listed = listing && { objects: listing.objects - listing.empty, bytes };
  return { objects: objectsOf(plan, work), ...(listed && { listed }), files, ...work };
}

/** What a decision rests on. */
export interface Grounds extends Work {
  readonly plan?: Plan;
  /** The list of the work, as it is stored. */
  readonly frozen: Decision['frozen'];
  /** How many rounds were written down. */
  readonly rounds: number;
  /** Why the run can never go on, where that is known already. */
  readonly final?: FinalCause;
  /** That of an earlier step. */
  readonly failure?: Failure;
  /** Rows of different chunks that have the same key, by the rule that forbids it. */
  readonly shared: ReadonlyMap<number, number>;
}

/** Publish or discard: publish only when nothing failed, the books balance and the output keeps its rules. */
export function conclude({ plan, failure, shared, frozen, rounds, final, ...work }: Grounds): Decision {
  const books = plan && !failure ? reconcile(booksOf(plan, work)) : NOTHING_READ;
  const quality = plan && !failure ? qualityChecks({ rules: plan.config.spec.quality ?? [], ...work, shared }) : [];
  const unbalanced = books.verdict === 'MISMATCH' ? mismatch(books.checks) : undefined;
  const cause = failure ?? unbalanced ?? qualityFailure(quality);
  const ends = final ?? (unbalanced && 'unbalanced');
  const mine = work.leaves.flatMap(({ id }) => work.markers.get(id) ?? []);
  const total = (of: (marker: Marker) => number): number => mine.reduce((sum, marker) => sum + of(marker), 0);
  return {
    schema: 'decision.v1',
    decision: cause ? 'discard' : 'publish',
    ...(cause && { failure: cause }),
    ...(ends && { final: ends }),
    frozen,
    rounds,
    reconciliation: { ...books, checks: [...books.checks, ...quality] },
    chunks: mine.length,
    records: totalsOf(work.leaves, work.markers),
    bytes: { read: total(({ bytes }) => bytes.read), written: total(({ bytes }) => bytes.written) },
  };
}

/** What a manifest is made of. */
export interface Published {
  readonly plan: Plan;
  readonly work: Work;
  /** Where the chunk list stands. */
  readonly list: string;
  /** Of the parts, by key. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What readers may trust: every part in record order, with what it holds. */
export function manifestOf({ plan, work, list, versions }: Published): Manifest {
  const { format, partitionBy } = plan.config.spec.output;
  const parts = partsOf(work).map(({ key, chunk, rows, bytes, checksum }) => ({
    key,
    chunk,
    rows,
    bytes,
    checksum,
    versionId: versions.get(key),
    ...(partitionBy && { partition: partitionOf(key) }),
  }));
  return {
    schema: 'manifest.v1',
    runId: plan.runId,
    job: plan.job,
    format,
    ...(partitionBy && { partitionBy }),
    parts,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    records: totalsOf(work.leaves, work.markers),
    ...inputOf(plan, work, list),
    pins: plan.pins,
  };
}
