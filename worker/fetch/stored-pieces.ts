import type { ObjectStore } from '../../adapters/ports';
import type { Checksum, PlannedObject } from '../../core/contracts';
import { MIB } from '../../core/units';
import { type RunningChecksum, startChecksum } from '../checksum';
import { DataFailure } from '../failures';
import type { Meter } from '../meter';

/** Large enough that requests cost little, small enough to hold a few. */
const PIECE_BYTES = 8 * MIB;

/** An object's stored bytes, piece by piece and only once, summed as they pass by. */
export class StoredPieces implements AsyncIterable<Buffer> {
  private sum: Checksum | undefined;

  constructor(
    private readonly store: Pick<ObjectStore, 'read'>,
    private readonly object: PlannedObject,
    private readonly meter?: Meter,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const { checksum, bytes } = this.object;
    const running = checksum && (await startChecksum(checksum.algorithm));
    const pieceAt = (start: number): Promise<Buffer> => this.read(start, Math.min(start + PIECE_BYTES, bytes));
    let ahead = bytes > 0 ? pieceAt(0) : undefined;
    for (let start = 0; ahead; start += PIECE_BYTES) {
      const piece = await ahead;
      // The next one is on its way while this one is made use of.
      ahead = start + PIECE_BYTES < bytes ? pieceAt(start + PIECE_BYTES) : undefined;
      ahead?.catch(() => undefined);
      if (running) this.add(piece, running);
      yield piece;
    }
    this.sum = running?.finish();
  }

  private add(piece: Buffer, running: RunningChecksum): void {
    const begun = performance.now();
    running.add(piece);
    this.meter?.add('checksum', { seconds: (performance.now() - begun) / 1000, bytes: piece.length });
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
