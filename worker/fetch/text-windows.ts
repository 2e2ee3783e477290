import { closeSync, openSync, readSync } from 'node:fs';
import type { ObjectStore } from '../../adapters/ports';
import type { JobConfig, PlannedObject, ReadRange } from '../../core/contracts';
import { MIB } from '../../core/units';
import type { ByteRange } from '../../core/values';
import type { TextSource } from '../work';
import { fetchText } from './text';

/** Half a usual chunk: two are held at times, beside the engine. */
export const WINDOW_BYTES = 32 * MIB;

/** A text in a local file, which is read in windows so that its size does not matter. */
export interface LocalText extends Pick<TextSource, 'locate' | 'columns' | 'encoding'> {
  readonly file: string;
  readonly bytes: number;
  readonly object: PlannedObject;
  readonly input: JobConfig['spec']['input'];
  /** What was read of the object to make the text, but for its records. */
  readonly read: Omit<ReadRange, 'records'>;
}

/** Cuts a text into windows of whole records, each a source that loads its bytes when asked for them. */
export async function windowsOf(text: LocalText, windowBytes = WINDOW_BYTES): Promise<readonly TextSource[]> {
  const store = localStore(text.file);
  const { checksum: _sum, ...object } = { ...text.object, bytes: text.bytes };
  const shelf = new Shelf(text.file);
  const windows: TextSource[] = [];
  let start = 0;
  do {
    const range = { object: text.read.object, start, end: Math.min(start + windowBytes, text.bytes) };
    const found = await fetchText(store, { object, range, proven: true, input: text.input });
    windows.push(new Window(text, found, shelf));
    start = found.read.end;
  } while (start < text.bytes);
  return windows;
}

/** Bytes [start, end) of a local file. */
export function readLocal(file: string, { start, end }: ByteRange): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(handle, bytes, done, bytes.length - done, start + done);
      if (read === 0) throw new RangeError(`${file} ends at byte ${start + done}, expected ${end}`);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}

/** A local file in the place of an object. */
const localStore = (file: string): Pick<ObjectStore, 'read'> => ({
  read: async (_key, { range } = {}) => readLocal(file, range ?? { start: 0, end: 0 }),
});

/** Holds the bytes of the last two windows: a program answers for records of one while it reads on in the next. */
class Shelf {
  private held: readonly { readonly of: object; readonly bytes: Buffer }[] = [];

  constructor(private readonly file: string) {}

  bytesOf(window: object, range: ByteRange): Buffer {
    const held = this.held.find(({ of }) => of === window);
    if (held) return held.bytes;
    const bytes = readLocal(this.file, range);
    this.held = [...this.held.slice(-1), { of: window, bytes }];
    return bytes;
  }
}

/** One window of a local text; what was read of the object counts for the first one only. */
class Window implements TextSource {
  readonly kind = 'text';
  readonly object: PlannedObject;
  readonly read: ReadRange;
  readonly origin: number;
  readonly body: number;
  readonly end: number;
  readonly longest: number;
  readonly follows: boolean;
  readonly locate: TextSource['locate'];
  readonly encoding: TextSource['encoding'];
  readonly columns: TextSource['columns'];
  private readonly at: ByteRange;

  constructor(
    { object, read, locate, columns, encoding }: LocalText,
    found: TextSource,
    private readonly shelf: Shelf,
  ) {
    this.follows = found.read.start > 0;
    this.object = object;
    this.read = { ...(this.follows ? { object: read.object, start: read.end, end: read.end } : read), records: found.read.records };
    this.at = { start: found.origin, end: found.read.end };
    this.origin = found.origin;
    this.body = found.body;
    this.end = found.end;
    this.longest = found.longest;
    this.locate = locate;
    this.encoding = encoding;
    this.columns = columns;
  }

  get bytes(): Buffer {
    return this.shelf.bytesOf(this, this.at);
  }
}
