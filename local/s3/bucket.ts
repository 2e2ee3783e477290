import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformEvent } from '../kernel/types';
import { Blobs } from './blobs';
import { EntryLog } from './entry-log';
import { KeyedLock } from './keyed-lock';
import { Mirror } from './mirror';
import { type CompletedUpload, type Entry, incomingBlob, NULL_VERSION, type ObjectVersion, type PendingEvent } from './model';
import { nextSequencer, type Origin, objectCreated, objectDeleted } from './notifications';
import { BucketState } from './state';

/** A log is rewritten on opening when it is this long and mostly history. */
const COMPACT_ENTRIES = 10_000;

export interface BucketSettings {
  readonly versioned: boolean;
  /** Whether changes go to EventBridge. */
  readonly notifies: boolean;
}

export interface BucketPlace {
  /** The service's whole folder. */
  readonly root: string;
  readonly name: string;
  readonly settings: BucketSettings;
  readonly publish: (event: PlatformEvent) => void;
  readonly log: (line: string) => void;
}

/** A version without what the bucket gives it. */
export type Draft = Omit<ObjectVersion, 'versionId' | 'modifiedMs' | 'deleteMarker'>;

export interface Removal {
  readonly versionId: string;
  readonly deleteMarker: boolean;
}

/** A random id of the length and alphabet of S3's. */
export const newId = (): string => randomBytes(24).toString('base64url');

/**
 * One bucket on disk. Every change is one line of the log, written before anything else is done about it, and its
 * effects on files follow in the same turn; so after a kill at most the last line's effects are repeated.
 */
export class Bucket {
  readonly state = new BucketState();
  /** One completion of an upload at a time. */
  readonly completions = new KeyedLock();
  readonly blobs: Blobs;
  readonly name: string;
  private settings: BucketSettings;
  private readonly entries: EntryLog<Entry>;
  private readonly mirror: Mirror;
  private started = false;

  constructor(private readonly place: BucketPlace) {
    this.name = place.name;
    this.settings = place.settings;
    const folder = join(place.root, '.data', place.name);
    mkdirSync(folder, { recursive: true });
    this.blobs = new Blobs(join(folder, 'blobs'));
    this.mirror = new Mirror(join(place.root, place.name), folder);
    this.entries = new EntryLog(join(folder, 'log.jsonl'));
    this.recover();
  }

  get versioned(): boolean {
    return this.settings.versioned;
  }

  configure(settings: BucketSettings): void {
    this.settings = settings;
  }

  /** Hands over events that wait, and from now on every event at once. */
  start(): void {
    this.started = true;
    this.deliver();
  }

  close(): void {
    this.started = false;
    this.entries.close();
  }

  /** Makes a draft the latest version of a key; its blob lies in `incoming`, or is the one kept part of the completed upload. */
  put(key: string, draft: Draft, origin: Origin, completes?: Omit<CompletedUpload, 'versionId'>): ObjectVersion {
    const version = { ...draft, versionId: this.versioned ? newId() : NULL_VERSION, modifiedMs: Date.now() };
    const pending = this.pend((sequencer) => objectCreated({ bucket: this.name, key, version, sequencer, origin }));
    this.commit({
      t: 'put',
      key,
      version,
      ...pending,
      ...(completes && { completes: { ...completes, versionId: version.versionId } }),
    });
    return version;
  }

  /** Removes one version for good, or hides the key behind a delete marker; nothing when there is nothing to do. */
  remove(key: string, versionId: string | undefined, origin: Origin): Removal | undefined {
    return versionId === undefined && this.versioned ? this.mark(key, origin) : this.drop(key, versionId ?? NULL_VERSION, origin);
  }

  /** Takes an entry down for good and carries it out; a blob that could not be named is not left behind. */
  commit(entry: Entry): void {
    try {
      this.entries.append(entry);
    } catch (error) {
      const blob = incomingBlob(entry);
      if (blob !== undefined) this.blobs.discard(blob);
      throw error;
    }
    this.carryOut(entry);
    this.deliver();
  }

  private mark(key: string, origin: Origin): Removal {
    const version: ObjectVersion = { versionId: newId(), modifiedMs: Date.now(), deleteMarker: true, size: 0, etag: '' };
    const pending = this.pend((sequencer) => objectDeleted({ bucket: this.name, key, version, sequencer, origin }));
    this.commit({ t: 'put', key, version, ...pending });
    return { versionId: version.versionId, deleteMarker: true };
  }

  private drop(key: string, versionId: string, origin: Origin): Removal | undefined {
    const version = this.state.find(key, versionId);
    if (!version) return undefined;
    const pending = version.deleteMarker
      ? {}
      : this.pend((sequencer) => objectDeleted({ bucket: this.name, key, version, sequencer, origin }));
    this.commit({ t: 'drop', key, versionId, ...pending });
    return { versionId, deleteMarker: version.deleteMarker === true };
  }

  private pend(make: (sequencer: string) => PlatformEvent): { readonly pending?: PendingEvent } {
    if (!this.settings.notifies) return {};
    const id = nextSequencer(this.state.lastSequencer, Date.now());
    return { pending: { id, event: make(id) } };
  }

  private carryOut(entry: Entry): void {
    const incoming = incomingBlob(entry);
    const unneeded = this.state.apply(entry);
    if (incoming !== undefined) this.blobs.settle(incoming);
    if (entry.t === 'put' || entry.t === 'drop') this.reflect(entry.key);
    for (const blob of unneeded) this.blobs.remove(blob);
  }

  /** Brings a key's plain file up to date; that it cannot be shown never fails a request. */
  private reflect(key: string): void {
    const latest = this.state.latest(key);
    try {
      if (!latest?.blob) this.mirror.hide(key);
      else if (!isFolderMark(key, latest.size) && !this.mirror.show(key, this.blobs.path(latest.blob))) {
        this.place.log(`s3: ${this.name}/${key} is stored but has no plain file: the file system takes no name for it`);
      }
    } catch (error) {
      this.place.log(`s3: ${this.name}/${key} is stored but could not be shown as a file: ${String(error)}`);
    }
  }

  private deliver(): void {
    if (!this.started) return;
    for (const { id, event } of this.state.pending.values()) {
      try {
        this.place.publish(event);
      } catch (error) {
        this.place.log(`s3: an event of ${this.name} waits for the next change or restart: ${String(error)}`);
        return;
      }
      this.entries.append({ t: 'sent', id });
      this.state.apply({ t: 'sent', id });
    }
  }

  private recover(): void {
    let count = 0;
    let last: Entry | undefined;
    let unneeded: readonly string[] = [];
    this.entries.replay((entry) => {
      count++;
      last = entry;
      unneeded = this.state.apply(entry);
    });
    this.blobs.heal(() => new Set(this.state.blobs()));
    if (last?.t === 'put' || last?.t === 'drop') this.reflect(last.key);
    for (const blob of unneeded) this.blobs.remove(blob);
    if (count === 0) this.commit({ t: 'bucket', createdMs: this.state.createdMs });
    if (count > COMPACT_ENTRIES && count > 2 * this.state.weight) this.entries.rewrite(this.state.snapshot());
  }
}

/** Consoles mark folders by empty objects whose key ends with a slash; there is nothing in them to show. */
const isFolderMark = (key: string, size: number): boolean => size === 0 && key.endsWith('/');
