import type { ObjectStore } from '../../adapters/ports';
import type { Checksum, PlannedObject } from '../../core/contracts';
import { MIB } from '../../core/units';
import { startChecksum } from '../checksum';
import { DataFailure } from '../failures';

/** Large enough that requests cost little, small enough to hold a few. */
const PIECE_BYTES = 8 * MIB;

/** An object's stored bytes, piece by piece and only once, summed as they pass by. */
export class StoredPieces implements AsyncIterable<Buffer> {
  private sum: Checksum | undefined;

  constructor(
    private readonly store: Pick<ObjectStore, 'read'>,
    private readonly object: PlannedObject,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const { checksum, bytes } = this.object;
    const running = checksum && (await startChecksum(checksum.algorithm));
    for (let start = 0; start < bytes; start += PIECE_BYTES) {
      const piece = await this.read(start, Math.min(start + PIECE_BYTES, bytes));
      running?.add(piece);
      yield piece;
    }
    this.sum = running?.finish();
  }

  /** The checksum of the object as it was read, once it was read to its end. */
  get checksum(): Checksum | undefined {
    return this.sum;
  }

  private async read(start: number, end: number): Promise<Buffer> {
    const { key, versionId, bytes } = this.object;
    const piece = await this.store.read(key, { versionId, range: { start, end } });
    if (piece.length === end - start) return piece;
    throw new DataFailure(
      `${key} gave ${start + piece.length} of its ${bytes} bytes`,
      'the object is shorter than it was when the run was planned: run it again',
    );
  }
}
