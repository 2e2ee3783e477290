import { GetObjectCommand, NoSuchKey, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../adapters/concurrency';
import { type Counts, Drive, Marker, Plan } from '../../core/contracts';
import { driveKey, markersPrefix, planKey, reportKey } from '../../core/keys';
import { Report } from '../../core/report/report-contract';

const READS_AT_ONCE = 8;
/** A look should take a moment even when thousands of chunks ended since the last one; the rest is read by the next looks. */
const READS_PER_LOOK = 256;

/** What the id of a chunk's stand-in has behind the original's. */
const STAND_IN = /\.r\d+$/;

const NONE: Counts = { read: 0, written: 0, filtered: 0, quarantined: 0 };

const add = (a: Counts, b: Counts): Counts => ({
  read: a.read + b.read,
  written: a.written + b.written,
  filtered: a.filtered + b.filtered,
  quarantined: a.quarantined + b.quarantined,
});

/** What the state bucket tells of one run; each marker is read once. */
export class ProgressReader {
  private readonly seen = new Set<string>();
  /** By the chunk's original id: one that was read again counts as its last stand-in. */
  private readonly counts = new Map<string, { readonly chunk: string; readonly counts: Counts }>();
  private planned: number | undefined;
  /** The newest drive that was seen, and the one that made its plan. */
  private drive = 0;
  private plan = 0;

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly runId: string,
  ) {}

  async look(): Promise<{ readonly planned?: number; readonly committed: number; readonly records: Counts }> {
    const plannedIn = await this.plannedIn();
    this.planned ??= (await this.read(planKey(this.runId, plannedIn), (value) => Plan.parse(value)))?.chunks;
    const keys = await this.list(markersPrefix(this.runId, plannedIn));
    const fresh = keys.filter((key) => !this.seen.has(key)).slice(0, READS_PER_LOOK);
    const markers = await mapConcurrently(fresh, READS_AT_ONCE, (key) => this.read(key, (value) => Marker.parse(value)));
    for (const key of fresh) this.seen.add(key);
    for (const marker of markers) if (marker) this.count(marker);
    const records = [...this.counts.values()].reduce((sum, { counts }) => add(sum, counts), NONE);
    return { ...(this.planned !== undefined && { planned: this.planned }), committed: this.counts.size, records };
  }

  /** The drive whose plan the newest drive follows. */
  private async plannedIn(): Promise<number> {
    for (;;) {
      const next = await this.read(driveKey(this.runId, this.drive + 1), (value) => Drive.parse(value));
      if (next?.kind !== 'redrive') return this.plan;
      this.drive = next.drive;
      if (next.plannedIn !== this.plan) this.follow(next.plannedIn);
    }
  }

  /** Another plan has other chunks. */
  private follow(plan: number): void {
    this.plan = plan;
    this.planned = undefined;
    this.seen.clear();
    this.counts.clear();
  }

  private count({ chunk, counts }: Marker): void {
    const origin = chunk.replace(STAND_IN, '');
    const known = this.counts.get(origin);
    if (!known || known.chunk < chunk) this.counts.set(origin, { chunk, counts });
  }

  report(drive = 0): Promise<Report | undefined> {
    return this.read(reportKey(this.runId, drive), (value) => Report.parse(value));
  }

  private async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket, Prefix: prefix })) {
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    }
    return keys;
  }

  private async read<T>(key: string, parse: (value: unknown) => T): Promise<T | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return Body && parse(JSON.parse(await Body.transformToString()));
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }
}
