import type { JobConfig } from '../../../core/contracts';
import { MIB } from '../../../core/units';
import { aConfig, aSpec } from '../../../test/support/records';
import { between, pick } from '../../random';
import type { Fate } from './actor';
import { ANY } from './ports';
import { ENOUGH_MIB, FIXED, FLAWS, recordsIn } from './processors';
import type { Latecomers, Outage } from './scheduler';

/** What one schedule is about, drawn by its seed. */
export interface Scenario {
  readonly csv: boolean;
  readonly text: string;
  readonly checksummed: boolean;
  /** Whether the run is asked for by hand, by somebody who names the file twice. */
  readonly namedTwice: boolean;
  readonly flips: boolean;
  readonly faults: number;
  /** Chance of a fault at a call, while there are any left. */
  readonly rate: number;
  /** What may befall a call. */
  readonly fates: readonly Fate[];
  /** How often an event comes; none is lost, and found by a sweep. */
  readonly events: () => number;
  readonly outages: readonly Outage[];
  readonly late: Latecomers;
  /** Chance that a task runs out of memory over several records. */
  readonly mood: number;
  readonly twoCommitters: boolean;
  /** Whether every look at the clock costs a committer ten minutes. */
  readonly hasty: boolean;
  /** Whether bad records may be quarantined. */
  readonly tolerant: boolean;
  /** What people and schedules do beside, and at which steps. */
  readonly visits: readonly Visit[];
}

/** What may come along at any step. */
export const VISITORS = ['collect', 'sweep', 'redrive', 'mended', 'abort', 'stop', 'deploy', 'wait'] as const;
export interface Visit {
  readonly who: (typeof VISITORS)[number];
  readonly step: number;
}

/** The second chunk begins inside a field whose lines look like rows, so that its guess is wrong. */
const TRICKY = `id,note\n1,aa\n2,"${'3,x\n'.repeat(14)}"\n4,bb\n5,cc\n`;
const RECORDS = 9;
/** About as many as a run has before it is committed. */
const STEPS = 100;
/** A visit after this comes when the run is over, as a rule. */
const LATE_STEPS = 300;

/** Lines of which `flaws` have something wrong with them. */
function linesWith(random: () => number, flaws: number): string {
  const flawed = new Map(Array.from({ length: flaws }, () => [between(random, 0, RECORDS - 1), pick(random, FLAWS)] as const));
  return Array.from({ length: RECORDS }, (_, i) => `${JSON.stringify(flawed.has(i) ? { i, k: flawed.get(i) } : { i })}\n`).join('');
}

/** Where nobody dies, but many are held for dead. */
const ZOMBIES: readonly Fate[] = ['held', 'held', 'held', 'abandoned', 'dies-after'];

const PARTS_OUT = ['state', 'input', 'output', 'uploads', 'batch', 'executions', 'open', 'notices', 'events'] as const;
const STEPS_OUT = ['plan', 'submit', 'assess', 'commit', 'report', 'redrive', '#', 'intake', 'settle', 'sweep'] as const;

/** All of S3 or one service is away for everybody, or for one step. */
function outageOf(random: () => number): Outage {
  const port = pick(random, PARTS_OUT);
  const step = pick(random, STEPS_OUT);
  const kind = random();
  const matches: Outage['matches'] = (called, actor) => {
    if (kind < 0.3) return called === 'state' || called === 'input' || called === 'output' || called === 'uploads';
    return kind < 0.6 ? called === port : actor.includes(step);
  };
  // A step is tried six times, and Report after Commit.
  return { from: between(random, 0, STEPS + STEPS / 2), calls: between(random, 6, 30), matches };
}

/** Whose writes come late: mostly those of steps whose news grow old. */
const LATE = [
  ':assess',
  ':assess',
  ':assess',
  ':commit',
  ':commit',
  '#',
  '#',
  ':redrive',
  ':submit',
  ':plan',
  ':report',
  'collect',
  'sweep',
  'person',
];

const lateOf = (random: () => number): Latecomers =>
  random() < 0.3 ? { actor: pick(random, LATE), calls: between(random, 1, 3) } : { actor: '', calls: 0 };

const some = <Thing>(random: () => number, most: number, make: () => Thing): Thing[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make);

/** Which visitors come often, and which would leave little to see if they did. */
function visitsOf(random: () => number): readonly Visit[] {
  const at = (who: Visit['who'], latest = LATE_STEPS): Visit => ({ who, step: between(random, 0, latest) });
  const visits = [
    ...some(random, 2, () => at('collect', STEPS)),
    ...some(random, 2, () => at(pick(random, ['sweep', 'redrive', 'mended', 'mended', 'wait'] as const))),
  ];
  const rare = random();
  if (rare < 0.06) visits.push(at('abort'));
  else if (rare < 0.16) visits.push(at('stop', STEPS + STEPS / 2));
  if (random() < 0.1) visits.push(at('deploy'));
  return visits;
}

/** The scenario that a random sequence begins with. */
export function scenarioOf(random: () => number): Scenario {
  const csv = random() < 0.3;
  const checksummed = random() < 0.6;
  const isFlawed = !csv && random() < 0.35;
  const isUndead = random() < 0.25;
  const eventRate = random();
  return {
    csv,
    text: csv ? TRICKY : linesWith(random, isFlawed ? between(random, 1, 2) : 0),
    checksummed,
    namedTwice: random() < 0.1,
    // Without a checksum of the source nothing can tell: the report says so.
    flips: checksummed && random() < 0.3,
    faults: Math.floor(random() * 6) + (isUndead ? 1 : 0),
    rate: isUndead ? 0.1 : 0.06,
    fates: isUndead ? ZOMBIES : ANY,
    events: () => (eventRate < 0.7 ? between(random, 1, 2) : between(random, 0, 2)),
    outages: random() < 0.35 ? some(random, 2, () => outageOf(random)) : [],
    late: lateOf(random),
    mood: random() < 0.15 ? 0.4 : 0,
    twoCommitters: random() < 0.3,
    hasty: random() < 0.2,
    tolerant: random() < 0.5,
    visits: visitsOf(random),
  };
}

/** Small enough that a file of a few lines is several chunks; memory can grow no more. */
export function configOf({ csv, tolerant }: Scenario, version: 'first' | 'fixed' | 'other' = 'first'): JobConfig {
  const isFixed = version === 'fixed';
  const config = aConfig(
    aSpec({
      input: { prefix: 'incoming/orders/', format: csv ? 'csv' : 'jsonl' },
      output: { format: 'jsonl', ...(version === 'other' && { compression: 'gzip' }) },
      chunk: { bytes: csv ? 35 : 40 },
      process: { sql: isFixed ? FIXED : 'SELECT * FROM input' },
      errors: { skipLimit: isFixed || tolerant ? '100%' : 0, systemic: '100%' },
      compute: { maxMemory: isFixed ? ENOUGH_MIB * MIB : 2048 * MIB },
    }),
  );
  return isFixed ? { ...config, worker: { ...config.worker, profile: { vcpu: 1, memoryMiB: ENOUGH_MIB } } } : config;
}

/** The records that went in, in their order. */
export const recordsOf = ({ csv, text }: Scenario): readonly string[] => recordsIn(text, csv).slice(csv ? 1 : 0);
