import { randomUUID } from 'node:crypto';
import type { Chunk, Complaint, Measures } from '../core/contracts';
import { chunkBytesOf } from '../core/plan/chunking';
import type { Lease } from './memory';
import { Meter } from './meter';

/** One chunk on its way through the stages. */
export class Turn {
  /** This attempt's own name. */
  readonly writer = randomUUID();
  readonly meter = new Meter();
  readonly bytes: number;
  retries = 0;
  measured: Pick<Measures, 'cpuSeconds' | 'childCpuSeconds' | 'peakRssBytes'> = { cpuSeconds: 0, peakRssBytes: 0 };
  /** The record that it failed on, where that is known. */
  blame: Complaint['blame'];
  /** The memory that its input lies in. */
  lease: Lease | undefined;
  /** Gives back its share of the budget. */
  giveBack: () => void = () => undefined;

  constructor(readonly chunk: Chunk) {
    this.bytes = chunkBytesOf(chunk);
  }
}
