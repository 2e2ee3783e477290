import { DamagedUploadError, errorName, ObjectNotFoundError } from '../../adapters/errors';
import { withSchemaOf } from '../../adapters/inferred-config';
import { type LookedPage, lookedPages } from '../../adapters/looked-pages';
import type { ListedVersion } from '../../adapters/ports';
import { listingOf } from '../../adapters/run-source';
import { lookClosely } from '../../adapters/sources';
import type { Chunk, JobConfig, Listing, RunInput, RunSource } from '../../core/contracts';
import { planChunksKey } from '../../core/keys';
import { chunkRuleOf } from '../../core/plan/chunk-rule';
import { InventoryError } from '../../core/plan/inventory';
import { ListingPlanner } from '../../core/plan/listing-planner';
import { prefixOf } from '../../core/plan/source-scope';
import { StepFailure } from '../../core/step-failures';
import type { Deps } from '../runtime';
import { Checkpoints, OvertakenError } from './checkpoints';
import { ChunkDraft } from './chunk-draft';
import type { DraftOrder } from './object-draft';

export type ListingDeps = Pick<Deps, 'state' | 'texts' | 'input' | 'listing' | 'bucket' | 'remainingMs' | 'now' | 'log'>;

export interface ListingOrder extends DraftOrder {
  readonly run: RunInput & { readonly source: RunSource };
}

/** Enough to cut a million chunks into tasks and to write the plan down. */
const LEAVE_BEFORE_END_MS = 90_000;
/** A call that dies loses no more work than this. */
const CHECKPOINT_EVERY_MS = 60_000;

export interface ListingDraft {
  readonly draft: ChunkDraft;
  readonly bytes: number;
  readonly listing: Listing;
  /** With the types of its columns. */
  readonly config: JobConfig;
}

/** Lists, looks and cuts until it is done or time runs out; undefined when another call has to go on. */
export async function draftListing(order: ListingOrder, deps: ListingDeps): Promise<ListingDraft | undefined> {
  for (;;) {
    try {
      return await new ListingCall(order, deps).run();
    } catch (thrown) {
      if (!(await isOvertaken(thrown, order, deps))) throw named(thrown, order.run.source);
      deps.log.info('followed another call', { runId: order.run.runId });
    }
  }
}

/** The other call has written a checkpoint first, or has completed the list, and with it the upload. */
async function isOvertaken(thrown: unknown, { run, drive }: ListingOrder, { state }: ListingDeps): Promise<boolean> {
  if (thrown instanceof OvertakenError) return true;
  const isGone = thrown instanceof DamagedUploadError || errorName(thrown) === 'NoSuchUpload';
  return isGone && (await state.head(planChunksKey(run.runId, drive))) !== undefined;
}

/** What a source can have wrong with it, under the name that says whose fault it is. */
function named(thrown: unknown, source: RunSource): unknown {
  if (source.kind === 'prefix') return thrown;
  const place = `s3://${source.bucket}/${source.manifest}`;
  if (thrown instanceof InventoryError) return new StepFailure('DATA', `${place}: ${thrown.message}`);
  if (thrown instanceof ObjectNotFoundError) return new StepFailure('DATA', `${place} cannot be read as an inventory: ${thrown.message}`);
  if (errorName(thrown) === 'AccessDenied') {
    return new StepFailure('CONFIG', `${place} may not be read: deploy with --context inventoryBucket=${source.bucket}`);
  }
  return thrown;
}

/** One call's part of the work. */
class ListingCall {
  private lastSaved: number;

  constructor(
    private readonly order: ListingOrder,
    private readonly deps: ListingDeps,
  ) {
    this.lastSaved = deps.now().getTime();
  }

  async run(): Promise<ListingDraft | undefined> {
    const { run, drive } = this.order;
    const { runId } = run;
    const { state, texts } = this.deps;
    const checkpoints = await Checkpoints.open(state, { runId, drive });
    const { last } = checkpoints;
    const planner = new ListingPlanner(chunkRuleOf(this.order.config.spec), last?.planner);
    const draft = await ChunkDraft.open({ store: state, uploads: texts, key: planChunksKey(runId, drive) }, last);
    try {
      const ended = last?.ended || (await this.list({ checkpoints, planner, draft }));
      return ended ? await this.finish(planner, draft) : undefined;
    } catch (thrown) {
      // What is refused by name stays refused; after anything else the upload is gone on with.
      if (thrown instanceof StepFailure) await draft.abort();
      throw thrown;
    }
  }

  /** Plans page after page from where the last checkpoint was; answers whether the listing has ended. */
  private async list(work: Work): Promise<boolean> {
    const { last } = work.checkpoints;
    let place: Place = { after: last?.after, file: last?.file };
    for await (const looked of this.pages(work.planner, place)) {
      await work.draft.write(chunksOf(work.planner, looked));
      const end = looked.page.at(-1);
      place = { after: end?.key ?? place.after, file: end?.file };
      const leaves = this.mustLeave();
      if (leaves || this.isDue()) await this.save(work, place, false);
      if (leaves) return false;
    }
    if (!this.mustLeave()) return true;
    await this.save(work, place, true);
    return false;
  }

  private pages(planner: ListingPlanner, place: Place) {
    const { config, run } = this.order;
    const { input, listing, bucket } = this.deps;
    const prefix = prefixOf(run.source, { inputBucket: input.bucket, spec: config.spec });
    const look = (object: ListedVersion) => lookClosely(input, { bucket: input.bucket, ...object }, config);
    const pages = listingOf(run.source, { listing, bucket }, input.bucket).listVersions(prefix, place);
    return lookedPages(pages, { choose: planner.chooser(), look });
  }

  private isDue(): boolean {
    return this.deps.now().getTime() - this.lastSaved >= CHECKPOINT_EVERY_MS;
  }

  private mustLeave(): boolean {
    return this.deps.remainingMs() < LEAVE_BEFORE_END_MS;
  }

  private async save({ checkpoints, planner, draft }: Work, { after, file }: Place, ended: boolean): Promise<void> {
    const place = { ...(after !== undefined && { after }), ...(file !== undefined && { file }) };
    await checkpoints.save({ ...place, ended, planner: planner.state(), ...(await draft.state()) });
    this.lastSaved = this.deps.now().getTime();
  }

  /** Types are told from a few objects that were looked at, which are read once more: a checkpoint holds no data. */
  private typed({ sampled, found }: ListingPlanner): Promise<JobConfig> {
    const { input } = this.deps;
    const samples = sampled.map((sample) => ({ bucket: input.bucket, ...sample }));
    return withSchemaOf(this.order.config, { samples, runBytes: found.bytes }, input);
  }

  private async finish(planner: ListingPlanner, draft: ChunkDraft): Promise<ListingDraft> {
    const { run } = this.order;
    await draft.write(planner.rest());
    const { bytes, ...found } = planner.found;
    checkFound(run, found);
    await draft.complete();
    const fingerprint = run.fingerprint ?? found.fingerprint;
    const config = await this.typed(planner);
    return { draft, bytes, config, listing: { source: run.source, bucket: this.deps.input.bucket, ...found, fingerprint } };
  }
}

interface Work {
  readonly checkpoints: Checkpoints;
  readonly planner: ListingPlanner;
  readonly draft: ChunkDraft;
}

interface Place {
  readonly after: string | undefined;
  readonly file: number | undefined;
}

function* chunksOf(planner: ListingPlanner, { page, looks }: LookedPage): Generator<Chunk> {
  for (const [i, object] of page.entries()) yield* planner.add(object, looks.get(i));
}

/** A run is over the object versions that it is named for. */
function checkFound({ source, fingerprint }: RunInput & { source: RunSource }, found: { objects: number; fingerprint: string }): void {
  if (found.objects === 0) throw new StepFailure('DATA', 'the source holds no object that the job may read');
  if (source.kind === 'inventory' || fingerprint === undefined || fingerprint === found.fingerprint) return;
  throw new StepFailure(
    'DATA',
    `what lies below s3://${source.bucket}/${source.prefix} changed since the run was asked for: ask again; ` +
      'a prefix that never rests is better run over an S3 Inventory',
  );
}
