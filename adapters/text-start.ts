import type { Compression } from '../core/contracts';
import { toUtf8 } from '../core/records/to-utf8';
import type { Encoding } from '../core/spec/sections/encoding';
import { MIB } from '../core/units';
import { expandStart } from './expand';

/** What a compressed beginning may become. */
const LIMIT_BYTES = MIB;

/** The first bytes of a file, as they are stored or as text. */
export interface Start {
  readonly bytes: Buffer;
  /** Whether that is the whole file. */
  readonly complete: boolean;
}

export interface StoredAs {
  readonly compression?: Compression;
  readonly encoding: Encoding;
}

/** The first bytes of a file expanded, if it is compressed. */
export async function expandedStart({ bytes, complete }: Start, compression: Compression | undefined): Promise<Start> {
  return compression ? expandStart(compression, { bytes, whole: complete }, LIMIT_BYTES) : { bytes, complete };
}

/** The first bytes of a text as UTF-8. */
export function convertedStart({ bytes, complete }: Start, encoding: Encoding): Start {
  if (encoding === 'utf-8') return { bytes, complete };
  const converter = toUtf8(encoding);
  const text = converter.push(bytes);
  return { bytes: complete ? Buffer.concat([text, converter.end()]) : text, complete };
}

/** The first bytes of a stored file as text. */
export const textStart = async (stored: Start, { compression, encoding }: StoredAs): Promise<Start> =>
  convertedStart(await expandedStart(stored, compression), encoding);
