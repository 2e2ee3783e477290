import type { ObjectStore } from '../../adapters/ports';
import type { Compression, JobConfig, PlannedObject, Range } from '../../core/contracts';
import { fromUtf8 } from '../../core/records/from-utf8';
import type { Encoding } from '../../core/spec/sections/encoding';
import { ConfigFailure } from '../failures';
import type { Meter } from '../meter';
import type { TextSource } from '../work';
import { expandToFile } from './expand-to-file';
import { type Mark, Marks } from './marks';
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
  const { bytes, marks } = await expandToFile(pieces, { object, compression, input, file });
  const { checksum } = pieces;
  const { encoding } = input;
  return windowsOf({
    file,
    bytes,
    object,
    input,
    ...(encoding !== 'utf-8' && { encoding, locate: locatorOf(file, { marks, encoding }) }),
    read: { object: range.object, start: 0, end: object.bytes, ...(checksum && { checksum }) },
  });
}

/** A record's place in the text that the object holds. */
function locatorOf(
  file: string,
  { marks, encoding }: { readonly marks: readonly Mark[]; readonly encoding: Encoding },
): TextSource['locate'] {
  const places = new Marks(file, marks, (text) => fromUtf8(text, encoding).length);
  return (place) => {
    const { offset, measured } = places.find(place);
    return { offset: offset + measured };
  };
}
