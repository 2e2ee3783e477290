import type { CompletedUpload, Entry, ObjectVersion, PendingEvent, Upload, UploadPart } from './model';
import { fromOrderKey, OrderedKeys, toOrderKey } from './ordered-keys';

/** Completed uploads remembered for repeated requests; older ones are answered as unknown. */
const MAX_COMPLETED = 10_000;

/** A bucket in memory: nothing but the replay of its log. */
export class BucketState {
  createdMs = Date.now();
  /** Keys whose latest version is an object. */
  readonly live = new OrderedKeys();
  /** Keys with any version. */
  readonly all = new OrderedKeys();
  readonly uploads = new Map<string, Upload>();
  readonly completed = new Map<string, CompletedUpload>();
  readonly pending = new Map<string, PendingEvent>();
  /** Highest event number ever given. */
  lastSequencer = '';
  private readonly versions = new Map<string, ObjectVersion[]>();
  private versionCount = 0;

  /** Versions under an order key, newest last. */
  versionsAt(orderKey: string): readonly ObjectVersion[] {
    return this.versions.get(orderKey) ?? [];
  }

  /** The newest version, which may be a delete marker. */
  latest(key: string): ObjectVersion | undefined {
    return this.versionsAt(toOrderKey(key)).at(-1);
  }

  find(key: string, versionId: string): ObjectVersion | undefined {
    return this.versionsAt(toOrderKey(key)).find((version) => version.versionId === versionId);
  }

  /** How many entries a log of nothing but the present state would have, roughly. */
  get weight(): number {
    return this.versionCount + this.uploads.size + this.completed.size + this.pending.size;
  }

  /** Every blob in use. */
  *blobs(): Generator<string> {
    for (const versions of this.versions.values()) for (const { blob } of versions) if (blob) yield blob;
    for (const { parts } of this.uploads.values()) for (const { blob } of parts.values()) yield blob;
  }

  /** Takes an entry in and returns the blobs that nothing names any more. */
  apply(entry: Entry): readonly string[] {
    switch (entry.t) {
      case 'bucket':
        this.createdMs = entry.createdMs;
        return [];
      case 'put':
        this.expect(entry.pending);
        return [...this.put(entry.key, entry.version), ...this.complete(entry.completes, entry.version.blob)];
      case 'drop':
        this.expect(entry.pending);
        return this.drop(toOrderKey(entry.key), entry.versionId);
      case 'pending':
        this.expect(entry.pending);
        return [];
      case 'sent':
        this.pending.delete(entry.id);
        this.advance(entry.id);
        return [];
      default:
        return this.applyToUploads(entry);
    }
  }

  /** Entries that lead to this state. */
  *snapshot(): Generator<Entry> {
    yield { t: 'bucket', createdMs: this.createdMs };
    for (const [orderKey, versions] of this.versions) {
      const key = fromOrderKey(orderKey);
      for (const version of versions) yield { t: 'put', key, version };
    }
    for (const { parts, ...upload } of this.uploads.values()) {
      yield { t: 'begin', upload };
      for (const part of parts.values()) yield { t: 'part', uploadId: upload.uploadId, part };
    }
    for (const completed of this.completed.values()) yield { t: 'completed', completed };
    if (this.lastSequencer !== '') yield { t: 'sent', id: this.lastSequencer };
    for (const pending of this.pending.values()) yield { t: 'pending', pending };
  }

  private applyToUploads(entry: Extract<Entry, { t: 'begin' | 'part' | 'abort' | 'completed' }>): readonly string[] {
    switch (entry.t) {
      case 'begin':
        this.uploads.set(entry.upload.uploadId, { ...entry.upload, parts: new Map() });
        return [];
      case 'part':
        return this.addPart(entry.uploadId, entry.part);
      case 'abort':
        return this.close(entry.uploadId);
      default:
        return this.complete(entry.completed);
    }
  }

  private put(key: string, version: ObjectVersion): readonly string[] {
    const orderKey = toOrderKey(key);
    const replaced = this.drop(orderKey, version.versionId);
    const versions = this.versions.get(orderKey);
    if (versions) versions.push(version);
    else this.versions.set(orderKey, [version]);
    this.versionCount++;
    this.index(orderKey);
    return replaced;
  }

  private drop(orderKey: string, versionId: string): readonly string[] {
    const versions = this.versions.get(orderKey);
    const at = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (!versions || at < 0) return [];
    const [dropped] = versions.splice(at, 1);
    this.versionCount--;
    if (versions.length === 0) this.versions.delete(orderKey);
    this.index(orderKey);
    return dropped?.blob ? [dropped.blob] : [];
  }

  private index(orderKey: string): void {
    const latest = this.versions.get(orderKey)?.at(-1);
    if (latest) this.all.add(orderKey);
    else this.all.remove(orderKey);
    if (latest && !latest.deleteMarker) this.live.add(orderKey);
    else this.live.remove(orderKey);
  }

  private addPart(uploadId: string, part: UploadPart): readonly string[] {
    const parts = this.uploads.get(uploadId)?.parts;
    const replaced = parts?.get(part.partNumber)?.blob;
    parts?.set(part.partNumber, part);
    return replaced ? [replaced] : [];
  }

  private complete(completed: CompletedUpload | undefined, kept?: string): readonly string[] {
    if (!completed) return [];
    this.completed.set(completed.uploadId, completed);
    const [oldest] = this.completed.keys();
    if (this.completed.size > MAX_COMPLETED && oldest !== undefined) this.completed.delete(oldest);
    return this.close(completed.uploadId).filter((blob) => blob !== kept);
  }

  private close(uploadId: string): readonly string[] {
    const blobs = Array.from(this.uploads.get(uploadId)?.parts.values() ?? [], ({ blob }) => blob);
    this.uploads.delete(uploadId);
    return blobs;
  }

  private expect(pending: PendingEvent | undefined): void {
    if (!pending) return;
    this.pending.set(pending.id, pending);
    this.advance(pending.id);
  }

  private advance(sequencer: string): void {
    if (sequencer > this.lastSequencer) this.lastSequencer = sequencer;
  }
}
