import type { Deps } from '../../../lambda/runtime';
import type { Actor, Fate } from './actor';
import type { Scheduler } from './scheduler';

/** What may befall any call. */
export const ANY: readonly Fate[] = ['refused', 'lost', 'dies-before', 'dies-after', 'abandoned', 'held'];

/** Listings are read as they are at the moment of their turn. */
const LISTINGS: ReadonlySet<string> = new Set(['list', 'pending', 'listVersions']);

/** What leaves everything as it was. */
const READS: ReadonlySet<string> = new Set([
  'head',
  'read',
  'list',
  'pending',
  'listVersions',
  'status',
  'findByName',
  'failedTasks',
  'usage',
  'progress',
  'secondsByState',
]);

type Method = (...args: unknown[]) => unknown;

export interface Context {
  readonly actor: Actor;
  readonly scheduler: Scheduler;
  /** Whether bytes may be damaged on their way from the input bucket. */
  readonly flips: boolean;
  /** What may befall the actor's calls. */
  readonly fates: readonly Fate[];
}

const isMarker = (port: string, method: string, key: unknown): boolean =>
  port === 'state' && method === 'createOnce' && String(key).includes('/commits/');

function fatesOf(port: string, method: string, args: readonly unknown[], { flips, fates }: Context): readonly Fate[] {
  if (isMarker(port, method, args[0])) return [...fates, 'own-412'];
  const isRange = port === 'input' && method === 'read' && (args[1] as { range?: object } | undefined)?.range !== undefined;
  return isRange && flips ? [...fates, 'flip'] : fates;
}

/** A letter or digit becomes another, so that lines stay lines. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.findIndex((byte) => byte >= 0x30 && byte <= 0x38);
  const byte = copy[at];
  if (byte !== undefined) copy[at] = byte + 1;
  return copy;
}

const altered = (fate: Fate, value: unknown): unknown => {
  if (fate === 'own-412') return false;
  return fate === 'flip' ? flipped(value as Buffer) : value;
};

async function snapshot(list: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const one of list) all.push(one);
  return all;
}

/** The same port, each of whose methods waits for its turn. */
function gated<Port extends object>(port: string, inner: Port, context: Context): Port {
  const { actor, scheduler } = context;
  const turn = (method: string, args: readonly unknown[], effect: () => Promise<unknown>): Promise<unknown> => {
    const fates = fatesOf(port, method, args, context);
    return scheduler.call(actor, {
      port,
      isWrite: !READS.has(method),
      what: () => `${port}.${method} ${shown(args[0])}`,
      fates,
      effect,
      altered,
    });
  };
  return new Proxy(inner, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = String(property);
      const call = value.bind(target) as Method;
      if (!LISTINGS.has(method)) return (...args: unknown[]) => turn(method, args, async () => call(...args));
      return async function* (...args: unknown[]) {
        yield* (await turn(method, args, () => snapshot(call(...args) as AsyncIterable<unknown>))) as unknown[];
      };
    },
  });
}

const shown = (argument: unknown): string => {
  if (typeof argument === 'string') return argument;
  return argument && typeof argument === 'object' && 'key' in argument ? String(argument.key) : '';
};

const PORTS = ['state', 'input', 'output', 'uploads', 'texts', 'batch', 'executions', 'open', 'listing', 'events', 'notices'] as const;
type PortName = (typeof PORTS)[number];

/** The ports of one actor, each made when it is first used. */
export function portsOf(deps: Deps, context: Context): Deps {
  const { actor, scheduler } = context;
  const made = new Map<PortName, object>();
  const portOf = (name: PortName): object => {
    const port = made.get(name) ?? gated(name, deps[name], context);
    made.set(name, port);
    return port;
  };
  const getters = Object.fromEntries(PORTS.map((name) => [name, { get: () => portOf(name), enumerable: true }]));
  const bucket = (name: string) => portOf(name === 'state' || name === 'output' ? name : 'input');
  const pause = async (): Promise<void> => {
    const fates: readonly Fate[] = ['dies-before', 'abandoned', 'held'];
    await scheduler.call(actor, { port: 'clock', isWrite: false, what: () => 'pauses', fates, effect: async () => undefined, altered });
  };
  return Object.defineProperties({ ...deps, bucket, pause }, getters) as Deps;
}
