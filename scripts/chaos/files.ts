import { createHash } from 'node:crypto';
import { between, randomOf } from '../random';

export const JOBS = ['sql', 'lines', 'module', 'command', 'inferred', 'strict', 'loud'] as const;
export type ChaosJob = (typeof JOBS)[number];

/** What a run is asked for with. */
export interface Request {
  readonly job: ChaosJob;
  /** Whether a person asks for it and names the file twice; else it is dropped. */
  readonly namedTwice?: boolean;
}

const USUAL: readonly Request[] = [{ job: 'sql' }, { job: 'lines' }, { job: 'module' }, { job: 'command' }];
const CYCLE: readonly Request[] = [
  ...USUAL,
  { job: 'inferred' },
  { job: 'strict' },
  ...USUAL,
  { job: 'loud' },
  { job: 'lines', namedTwice: true },
];

export const requestOf = (n: number): Request => CYCLE[n % CYCLE.length] ?? { job: 'sql' };

/** Jobs that cannot be done before somebody has changed them. */
export const failsFirst = (job: ChaosJob): boolean => job === 'strict' || job === 'loud';

/** What a reader must find of a run, computed without any of the system's code. */
export interface Expected {
  readonly records: { readonly read: number; readonly written: number; readonly filtered: number; readonly quarantined: number };
  /** Of all rows in the order of their ids. */
  readonly hash: string;
}

export interface InputFile {
  readonly key: string;
  readonly body: string;
  readonly expected: Expected;
}

interface Order {
  readonly id: number;
  readonly amount: number | string;
  readonly note: string;
}

export type Row = readonly [id: number, twice: number, note: string];

export const hashOf = (rows: readonly Row[]): string => createHash('sha256').update(JSON.stringify(rows)).digest('hex');

/** Words that a careless reader stumbles over. */
const NOTES = ['plain', 'a,b', 'says "hi"', 'two\nlines', 'three\n"quoted"\nlines', 'ünïcode ✓', '', ' padded ', 'x'.repeat(40)];
/** Every so many records one is bad: far below the jobs' limit of 5 %. */
const ONE_BAD_IN = 150;

/** Where types are inferred all records are good: one bad one in the beginning would make its column text. */
function ordersOf(seed: number, count: number, job: ChaosJob): readonly Order[] {
  const random = randomOf(seed);
  const isBad = (): boolean => between(random, 1, ONE_BAD_IN) === 1 && job !== 'inferred';
  return Array.from({ length: count }, (_, id) => ({
    id,
    amount: isBad() ? 'many' : between(random, -1000, 1000),
    // An empty field of a CSV file is null, which is another story.
    note: NOTES[between(random, 0, NOTES.length - 1)] || `note ${id}`,
  }));
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csv = (orders: readonly Order[]): string =>
  `id,amount,note\n${orders.map(({ id, amount, note }) => `${id},${amount},${quoted(note)}\n`).join('')}`;

const jsonl = (orders: readonly Order[]): string => orders.map((order) => `${JSON.stringify(order)}\n`).join('');

function expectedOf(orders: readonly Order[]): Expected {
  const good = orders.filter((order): order is Order & { amount: number } => typeof order.amount === 'number');
  const rows = good.filter(({ amount }) => amount % 10 !== 0).map(({ id, amount, note }): Row => [id, amount * 2, note]);
  const [read, written, quarantined] = [orders.length, rows.length, orders.length - good.length];
  return { records: { read, written, filtered: good.length - written, quarantined }, hash: hashOf(rows) };
}

/** A file of its own for every run: two to four chunks of 64 KiB, with quoted line breaks and bad records. */
export function inputFile({ job, namedTwice }: Request, seed: number, n: number): InputFile {
  const fileSeed = seed * 100_003 + n;
  const isCsv = job !== 'lines' && job !== 'command';
  const orders = ordersOf(fileSeed, between(randomOf(fileSeed ^ 0x5bd1e995), 4000, 9000), job);
  const body = isCsv ? csv(orders) : jsonl(orders);
  return {
    key: `${namedTwice ? 'requests' : 'incoming'}/${job}/${String(n).padStart(5, '0')}.${isCsv ? 'csv' : 'jsonl'}`,
    body,
    expected: expectedOf(orders),
  };
}
