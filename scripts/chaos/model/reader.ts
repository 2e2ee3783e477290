import type { Decision, Manifest } from '../../../core/contracts';
import { decisionKey, manifestKey, outputPrefix, successKey } from '../../../core/keys';
import type { MemoryObjectStore } from '../../../test/support/memory-store';
import { flawOf, recordOf } from './processors';

/** A promise was broken; the message says which. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export interface RunRef {
  readonly job: string;
  readonly runId: string;
}

/** A drive beyond which nobody drives in a schedule. */
const MOST_DRIVES = 12;

/** The drive of a run that was decided to be published; undefined while there is none. */
export function publishedDrive(state: MemoryObjectStore, runId: string): number | undefined {
  for (let drive = 0; drive < MOST_DRIVES; drive++) {
    const key = decisionKey(runId, drive);
    if (state.has(key) && (JSON.parse(state.text(key)) as Decision).decision === 'publish') return drive;
  }
  return undefined;
}

/** Looks at every byte of a run that is visible in the output bucket, and trusts nothing that the run itself says. */
export class Reader {
  private wasPublished = false;

  constructor(
    private readonly stores: { readonly output: MemoryObjectStore; readonly state: MemoryObjectStore },
    private readonly run: RunRef,
    /** What went in, in its order. */
    private readonly records: readonly string[],
  ) {}

  get isPublished(): boolean {
    const { job, runId } = this.run;
    return this.stores.output.has(successKey(job, runId));
  }

  /** Everything that a listing of the run's folder shows. */
  get visible(): readonly string[] {
    return this.stores.output.keys(outputPrefix(this.run.job, this.run.runId));
  }

  /** Throws when what can be seen is neither nothing, nor on the way to be published, nor exactly the right rows. */
  look(): void {
    const { visible, run } = this;
    if (this.wasPublished && !this.isPublished) throw new Violation('_SUCCESS was there and is gone');
    if (visible.length === 0) return;
    if (publishedDrive(this.stores.state, run.runId) === undefined)
      throw new Violation(`visible without a decision to publish: ${visible.join(', ')}`);
    this.checkRows(this.partsIn(visible).flatMap((key) => this.recordsIn(key)));
    if (this.isPublished) this.checkPublished(visible);
  }

  /** Records of the published parts, in the order of the manifest. */
  published(): readonly string[] {
    return this.manifest().parts.flatMap(({ key }) => this.recordsIn(key));
  }

  private partsIn(visible: readonly string[]): readonly string[] {
    const own = new Set([manifestKey(this.run.job, this.run.runId), successKey(this.run.job, this.run.runId)]);
    return visible.filter((key) => !own.has(key));
  }

  private recordsIn(key: string): readonly string[] {
    const rows = this.stores.output.text(key).split('\n').slice(0, -1);
    return rows.map(recordOf);
  }

  private manifest(): Manifest {
    return JSON.parse(this.stores.output.text(manifestKey(this.run.job, this.run.runId))) as Manifest;
  }

  /** Also of what is not yet published: no row that was not put in, none twice. */
  private checkRows(rows: readonly string[]): void {
    const known = new Set(this.records);
    const foreign = rows.find((row) => !known.has(row));
    if (foreign !== undefined) throw new Violation(`a visible row was never put in: ${foreign}`);
    if (new Set(rows).size < rows.length) throw new Violation(`${rows.length - new Set(rows).size} rows are visible twice`);
  }

  private checkPublished(visible: readonly string[]): void {
    this.wasPublished = true;
    if (!this.stores.output.has(manifestKey(this.run.job, this.run.runId))) throw new Violation('_SUCCESS is there, and no manifest');
    const listed = this.manifest().parts.map(({ key }) => key);
    const missing = listed.find((key) => !visible.includes(key));
    if (missing) throw new Violation(`a published part is not there: ${missing}`);
    const extra = this.partsIn(visible).find((key) => !listed.includes(key));
    if (extra) throw new Violation(`a part is visible beside those of the manifest: ${extra}`);
    this.checkComplete(this.published());
  }

  /** All good records, in their order; of the bad ones those that could be done. */
  private checkComplete(rows: readonly string[]): void {
    const found = new Set(rows);
    const missing = this.records.filter((record) => !found.has(record));
    const lost = missing.filter((record) => flawOf(record) === undefined);
    if (lost.length > 0) throw new Violation(`published ${rows.length} of ${this.records.length} records, missing: ${lost.join(', ')}`);
    const inOrder = this.records.filter((record) => found.has(record));
    if (inOrder.join('\n') !== rows.join('\n')) throw new Violation('published rows are not in the order of their records');
  }
}
