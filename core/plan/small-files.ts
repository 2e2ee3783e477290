/**
 * Packs a stream of objects into chunks while it is read. What is held at once is bounded by the limits, not by the
 * number of objects, and is plain JSON: a packer that is rebuilt from its state goes on as if it had never stopped.
 */

export interface Sized {
  readonly bytes: number;
}

export interface PackLimits {
  /** A chunk holds more only when a single object does. */
  readonly bytes: number;
  /** Most objects of a chunk. */
  readonly files: number;
}

/** Objects that make a chunk, in the order in which they came. */
export interface Pack<T extends Sized> {
  readonly objects: readonly T[];
  readonly bytes: number;
}

/** An object and how many came before it. */
type Arrived<T> = readonly [number, T];

export interface OpenPack<T> {
  readonly objects: readonly Arrived<T>[];
  readonly bytes: number;
}

/** Everything a packer remembers. */
export interface PackerState<T> {
  readonly arrived: number;
  /** Objects that were not packed yet. */
  readonly window: readonly Arrived<T>[];
  /** Chunks that still have room. */
  readonly open: readonly OpenPack<T>[];
}

export interface Packer<T extends Sized> {
  /** Takes an object in; the chunks that it completes. */
  add(object: T): readonly Pack<T>[];
  /** The chunks that are left when no more objects come. */
  flush(): readonly Pack<T>[];
  state(): PackerState<T>;
}

/** Objects that are sorted by size at once: first-fit-decreasing within a window is close to that over everything. */
const WINDOW = 1024;
/** Chunks kept open from one window to the next, so that the gaps of one are filled from the other. */
const OPEN_PACKS = 8;
/** A fuller chunk is not worth keeping open. */
const FULL = 0.95;

interface Bin<T> {
  objects: Arrived<T>[];
  bytes: number;
}

const sealed = <T extends Sized>({ objects, bytes }: OpenPack<T>): Pack<T> => ({
  objects: objects.toSorted(([a], [b]) => a - b).map(([, object]) => object),
  bytes,
});

const biggestFirst = <T extends Sized>([i, a]: Arrived<T>, [j, b]: Arrived<T>): number => b.bytes - a.bytes || i - j;

class WindowPacker<T extends Sized> implements Packer<T> {
  private arrived: number;
  private window: Arrived<T>[];
  private open: Bin<T>[];

  constructor(
    private readonly limits: PackLimits,
    state: PackerState<T>,
  ) {
    this.arrived = state.arrived;
    this.window = [...state.window];
    this.open = state.open.map(({ objects, bytes }) => ({ objects: [...objects], bytes }));
  }

  add(object: T): readonly Pack<T>[] {
    const arrived: Arrived<T> = [this.arrived++, object];
    if (object.bytes >= this.limits.bytes) return [sealed({ objects: [arrived], bytes: object.bytes })];
    this.window.push(arrived);
    return this.window.length < WINDOW ? [] : this.packWindow();
  }

  flush(): readonly Pack<T>[] {
    const full = this.packWindow();
    const rest = this.open.map(sealed);
    this.open = [];
    return [...full, ...rest];
  }

  state(): PackerState<T> {
    const open = this.open.map(({ objects, bytes }) => ({ objects: [...objects], bytes }));
    return { arrived: this.arrived, window: [...this.window], open };
  }

  /** First-fit-decreasing into the open chunks; then those that are full, or the fullest beyond the bound, are closed. */
  private packWindow(): readonly Pack<T>[] {
    const closed: Bin<T>[] = [];
    for (const object of this.window.toSorted(biggestFirst)) this.place(object, closed);
    this.window = [];
    const byRoom = this.open.toSorted((a, b) => a.bytes - b.bytes);
    const kept = new Set(byRoom.filter(({ bytes }) => bytes < FULL * this.limits.bytes).slice(0, OPEN_PACKS));
    closed.push(...this.open.filter((bin) => !kept.has(bin)));
    this.open = this.open.filter((bin) => kept.has(bin));
    return closed.map(sealed);
  }

  private place(object: Arrived<T>, closed: Bin<T>[]): void {
    const { bytes } = object[1];
    let at = this.open.findIndex((bin) => bin.bytes + bytes <= this.limits.bytes);
    if (at < 0) at = this.open.push({ objects: [], bytes: 0 }) - 1;
    const bin = this.open[at] as Bin<T>;
    bin.objects.push(object);
    bin.bytes += bytes;
    if (bin.objects.length >= this.limits.files) closed.push(...this.open.splice(at, 1));
  }
}

class ConsecutivePacker<T extends Sized> implements Packer<T> {
  private arrived: number;
  private bin: Bin<T>;

  constructor(
    private readonly limits: PackLimits,
    state: PackerState<T>,
  ) {
    this.arrived = state.arrived;
    this.bin = { objects: [...(state.open[0]?.objects ?? [])], bytes: state.open[0]?.bytes ?? 0 };
  }

  add(object: T): readonly Pack<T>[] {
    const fits = this.bin.bytes + object.bytes <= this.limits.bytes && this.bin.objects.length < this.limits.files;
    const closed = fits ? [] : this.flush();
    this.bin.objects.push([this.arrived++, object]);
    this.bin.bytes += object.bytes;
    return closed;
  }

  flush(): readonly Pack<T>[] {
    const { bin } = this;
    this.bin = { objects: [], bytes: 0 };
    return bin.objects.length > 0 ? [sealed(bin)] : [];
  }

  state(): PackerState<T> {
    return { arrived: this.arrived, window: [], open: [{ objects: [...this.bin.objects], bytes: this.bin.bytes }] };
  }
}

function checked(limits: PackLimits): PackLimits {
  const whole = [limits.bytes, limits.files].every((limit) => Number.isSafeInteger(limit) && limit > 0);
  if (!whole) throw new RangeError(`a chunk of ${limits.files} files and ${limits.bytes} bytes, expected whole numbers from 1 on`);
  return limits;
}

const EMPTY = { arrived: 0, window: [], open: [] };

/**
 * Packs objects below the byte limit by size, wherever they come in the stream; larger ones pass through alone and at
 * once. A chunk that is closed before the end is over half full or has all its files, on random sizes 85 % and more.
 */
export const createPacker = <T extends Sized>(limits: PackLimits, state: PackerState<T> = EMPTY): Packer<T> =>
  new WindowPacker(checked(limits), state);

/** Packs objects one after another, never past either limit but for a single larger object: for containers that read whole files. */
export const createFilePacker = <T extends Sized>(limits: PackLimits, state: PackerState<T> = EMPTY): Packer<T> =>
  new ConsecutivePacker(checked(limits), state);
