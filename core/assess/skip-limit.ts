/** How many of `read` records may be quarantined under a limit given as a count or as a share such as `0.1%`. */
export function skipsAllowed(limit: number | string, read: number): number {
  if (typeof limit === 'number') return limit;
  return Math.floor((Number.parseFloat(limit) / 100) * read);
}

/** A chunk beside the run that it is of; bytes are those of the input. */
export interface ChunkInRun {
  readonly records: number;
  readonly bytes: number;
  readonly runBytes: number;
}

/** The rest of a run is taken to have up to so many times the chunk's records for each of its bytes. */
const DENSER = 4;
/** So few bad records are all kept, whatever the limit: whoever mends the file wants to see them at once, not one a run. */
const FEW = 100;

/**
 * How many bad records one chunk may have before the run is given up for it, 100 at least. A count holds for the whole
 * run, so it is exact; so is a share where the chunk is all of the run. Otherwise the run's records are estimated, generously.
 */
export function skipsAllowedInChunk(limit: number | string, { records, bytes, runBytes }: ChunkInRun): number {
  if (bytes === 0) return Number.POSITIVE_INFINITY;
  const rest = Math.ceil((DENSER * records * Math.max(0, runBytes - bytes)) / bytes);
  return Math.max(FEW, skipsAllowed(limit, records + rest));
}
