import type { Fault } from '../../core/fault';
import type { ChunkWork } from '../work';
import { readRecords } from './records';

/** What the validator has to say about each bad record of a chunk, by its number. */
export async function faultsOf(work: ChunkWork): Promise<ReadonlyMap<number, Fault>> {
  const faults = new Map<number, Fault>();
  for await (const batch of readRecords(work)) {
    for (const { number, fault } of batch) if (fault) faults.set(number, fault);
  }
  return faults;
}
