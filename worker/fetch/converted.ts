import type { ObjectStore } from '../../adapters/ports';
import type { Compression, JobConfig, PlannedObject, Range } from '../../core/contracts';
import { ConfigFailure } from '../failures';
import type { Meter } from '../meter';
import type { TextSource } from '../work';
import { expandToFile } from './expand-to-file';
import { StoredPieces } from './stored-pieces';
import { windowsOf } from './text-windows';

export interface ConvertedRange {
  readonly object: PlannedObject;
  readonly compression?: Compression;
  readonly range: Range;
  readonly input: JobConfig['spec']['input'];
  /** Where the text goes. */
  readonly file: string;
  readonly meter?: Meter;
}

/** Makes a whole object into text in UTF-8 in a local file: expands it, or converts it, or both. Its checksum is that of the bytes as they are stored, its records those of the text. */
export async function fetchConverted(store: ObjectStore, wanted: ConvertedRange): Promise<readonly TextSource[]> {
  const { object, compression, range, input, file, meter } = wanted;
  if (range.start !== 0 || range.end !== object.bytes) {
    throw new ConfigFailure(
      `a chunk reads bytes ${range.start} to ${range.end} of ${object.key}, which is ${compression ? `compressed as ${compression}` : `text in ${input.encoding}`} and has ${object.bytes}`,
      'such a file can only be read as a whole: run it again',
    );
  }
  const pieces = new StoredPieces(store, object, meter);
  const bytes = await expandToFile(pieces, { object, compression, input, file });
  const { checksum } = pieces;
  return windowsOf({
    file,
    bytes,
    object,
    input,
    read: { object: range.object, start: 0, end: object.bytes, ...(checksum && { checksum }) },
  });
}
