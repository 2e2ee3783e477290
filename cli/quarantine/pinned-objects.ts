import { expand } from '../../adapters/expand';
import type { ObjectStore, StoredObject } from '../../adapters/ports';
import type { Compression, ObjectRef } from '../../core/contracts';
import { isReplayKey } from '../../core/keys';
import { compressionOf, SNIFF_BYTES } from '../../core/plan/sniff';
import type { JobSpec } from '../../core/spec/schema';
import { MIB } from '../../core/units';
import type { ByteRange } from '../../core/values';
import { UsageError } from '../errors';

/** Gives the store of a bucket. */
export type OpenBucket = (bucket: string) => ObjectStore | Promise<ObjectStore>;

const PIECE_BYTES = 8 * MIB;

/** An object version that records were read from. */
export interface PinnedObject {
  readonly store: ObjectStore;
  readonly head: StoredObject;
}

/** Opens the version of an object; @throws `UsageError` when it is gone, with what it was `wanted` for. */
export async function openPinned(openBucket: OpenBucket, { bucket, key, versionId }: ObjectRef, wanted: string): Promise<PinnedObject> {
  const store = await openBucket(bucket);
  const head = await store.head(key, versionId);
  if (head) return { store, head: { ...head, versionId } };
  throw new UsageError(`s3://${bucket}/${key} has no version ${versionId} any more, so ${wanted}`);
}

async function* piecesOf({ store, head }: PinnedObject): AsyncGenerator<Buffer> {
  for (let start = 0; start < head.bytes; start += PIECE_BYTES) {
    yield await store.read(head.key, { versionId: head.versionId, range: { start, end: Math.min(start + PIECE_BYTES, head.bytes) } });
  }
}

const readPlain = ({ store, head }: PinnedObject, range: ByteRange): Promise<Buffer> | Buffer =>
  range.start < range.end ? store.read(head.key, { versionId: head.versionId, range }) : Buffer.alloc(0);

/** The bytes of a text as it expands, which are read forward; to go back is to begin again. */
class ExpandedText {
  private parts: AsyncGenerator<Buffer> | undefined;
  private held: Buffer = Buffer.alloc(0);
  /** Offset of the first byte that is held. */
  private at = 0;

  constructor(
    private readonly object: PinnedObject,
    private readonly compression: Compression | undefined,
  ) {}

  /** Bytes [start, end), cut to the end of the text. */
  async read({ start, end }: ByteRange): Promise<Buffer> {
    const { head } = this.object;
    if (!this.compression) return readPlain(this.object, { start, end: Math.min(end, head.bytes) });
    if (!this.parts || start < this.at) await this.restart(this.compression);
    const taken: Buffer[] = [];
    for (let from = start; from < end; ) {
      const found = this.held.subarray(Math.max(0, from - this.at), Math.max(0, end - this.at));
      if (found.length > 0) taken.push(found);
      from += found.length;
      if (from < end && !(await this.advance())) break;
    }
    return Buffer.concat(taken);
  }

  async close(): Promise<void> {
    await this.parts?.return(undefined);
    this.parts = undefined;
  }

  private async restart(compression: Compression): Promise<void> {
    await this.close();
    this.parts = expand(compression, piecesOf(this.object));
    this.held = Buffer.alloc(0);
    this.at = 0;
  }

  private async advance(): Promise<boolean> {
    const next = await this.parts?.next();
    if (!next || next.done) return false;
    this.at += this.held.length;
    this.held = next.value;
    return true;
  }
}

/** Reads texts that records came from, one at a time. */
export class PinnedTexts {
  private current: { readonly id: string; readonly text: ExpandedText } | undefined;

  constructor(
    private readonly openBucket: OpenBucket,
    private readonly input: Pick<JobSpec['input'], 'format'>,
  ) {}

  /** Bytes of an object version, of what it expands to where it is compressed. */
  async read(ref: ObjectRef, range: ByteRange, wanted: string): Promise<Buffer> {
    const id = JSON.stringify([ref.bucket, ref.key, ref.versionId]);
    if (this.current?.id !== id) {
      await this.close();
      this.current = { id, text: await this.open(ref, wanted) };
    }
    return this.current.text.read(range);
  }

  async close(): Promise<void> {
    await this.current?.text.close();
    this.current = undefined;
  }

  private async open(ref: ObjectRef, wanted: string): Promise<ExpandedText> {
    const object = await openPinned(this.openBucket, ref, wanted);
    if (isReplayKey(ref.key)) return new ExpandedText(object, undefined);
    const start = await object.store.read(ref.key, { versionId: ref.versionId, range: { start: 0, end: SNIFF_BYTES } });
    return new ExpandedText(object, compressionOf(start, ref.key, { ...this.input, compression: 'auto' }));
  }
}
