import type { Deps } from '../../../lambda/runtime';
import type { Actor, Fate, Scheduler } from './scheduler';

const ANY: readonly Fate[] = ['refused', 'lost', 'dies-before', 'dies-after', 'abandoned'];

/** Listings are read as they are at the moment of their turn. */
const LISTINGS: ReadonlySet<string> = new Set(['list', 'pending', 'listVersions']);

type Method = (...args: unknown[]) => unknown;

interface Context {
  readonly actor: Actor;
  readonly scheduler: Scheduler;
  /** Whether bytes may be damaged on their way from the input bucket. */
  readonly flips: boolean;
}

const isMarker = (port: string, method: string, key: unknown): boolean =>
  port === 'state' && method === 'createOnce' && String(key).includes('/commits/');

function fatesOf(port: string, method: string, args: readonly unknown[], { flips }: Context): readonly Fate[] {
  if (isMarker(port, method, args[0])) return [...ANY, 'own-412'];
  const isRange = port === 'input' && method === 'read' && (args[1] as { range?: object } | undefined)?.range !== undefined;
  return isRange && flips ? [...ANY, 'flip'] : ANY;
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
function gated<Port extends object>(name: string, port: Port, context: Context): Port {
  const { actor, scheduler } = context;
  const turn = (method: string, args: readonly unknown[], effect: () => Promise<unknown>): Promise<unknown> => {
    const fates = fatesOf(name, method, args, context);
    return scheduler.call(actor, () => `${name}.${method} ${shown(args[0])}`, { fates, effect, altered });
  };
  return new Proxy(port, {
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

/** The ports of one actor. */
export function portsOf(deps: Deps, context: Context): Deps {
  const { actor, scheduler } = context;
  const waiting = Object.fromEntries(PORTS.map((name) => [name, gated(name, deps[name], context)]));
  const stores = waiting as unknown as Pick<Deps, 'state' | 'input' | 'output'>;
  const bucket = (name: string) => (name === 'state' ? stores.state : name === 'output' ? stores.output : stores.input);
  const pause = async (): Promise<void> => {
    await scheduler.call(actor, () => 'pauses', { fates: ['dies-before', 'abandoned'], effect: async () => undefined, altered });
  };
  return { ...deps, ...waiting, bucket, pause };
}
