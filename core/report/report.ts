import { chainRoundOf } from '../assess/leaves';
import { partsOf, type Work } from '../commit/conclude';
import { foldFaults } from '../commit/quarantine';
import { metricsOf, NO_RECORDS } from '../commit/totals';
import type { Decision, Delivery, Failure, Plan, Redrive, Round, RunInput } from '../contracts';
import { manifestKey, rootId } from '../keys';
import { inputOf } from '../plan/source-objects';
import { runCost } from './cost';
import type { Report } from './report-contract';
import { type ArrayWork, roundRow } from './report-rounds';
import { effortOf } from './worker-effort';

export interface RunFacts extends Work {
  readonly input: RunInput;
  readonly plan?: Plan;
  readonly rounds: readonly Round[];
  /** What the arrays of all rounds did. */
  readonly worked: readonly ArrayWork[];
  readonly decision?: Decision;
  readonly delivery?: Delivery;
  readonly published: boolean;
  /** @default - the run was driven once */
  readonly drives?: readonly Redrive[];
  readonly byState: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly outputBucket: string;
  readonly quarantineUri: string;
  /** Where the chunk list stands. */
  readonly chunksUri: string;
}

const perSecond = (amount: number, seconds: number): number => (seconds > 0 ? amount / seconds : 0);

const failureOf = (facts: RunFacts): Failure | undefined => facts.decision?.failure ?? facts.delivery?.failure;

function reconciliationOf({ decision, delivery }: RunFacts): Report['reconciliation'] {
  const { verdict, checks } = decision?.reconciliation ?? { verdict: 'UNVERIFIED' as const, checks: [] };
  const delivered = delivery?.checks ?? [];
  return { verdict: delivered.every(({ ok }) => ok) ? verdict : 'MISMATCH', checks: [...checks, ...delivered] };
}

/** Each chain round in which a chunk was read again adds one to the number in its id. */
function chunksOf({ plan, leaves, markers }: RunFacts): Report['chunks'] {
  return {
    planned: plan?.chunks ?? 0,
    committed: leaves.filter(({ id }) => markers.has(id)).length,
    redone: leaves.reduce((sum, { id }) => sum + chainRoundOf(id), 0),
    bisected: new Set(leaves.filter(({ level }) => level !== undefined).map(({ id }) => rootId(id))).size,
  };
}

function outputOf(facts: RunFacts): Report['output'] {
  const { job, runId } = facts.input;
  const uri = `s3://${facts.outputBucket}/${facts.plan?.output.prefix ?? ''}`;
  if (!facts.published) return { uri, parts: 0 };
  return { uri, parts: partsOf(facts).length, manifest: `s3://${facts.outputBucket}/${manifestKey(job, runId)}` };
}

const faultsOf = ({ leaves, markers }: RunFacts) => foldFaults(leaves.flatMap(({ id }) => markers.get(id)?.quarantine ?? []));

/** Actual against everything that was promised: the one page about a run. */
export function reportOf(facts: RunFacts): Report {
  const { plan, decision, input, drives = [] } = facts;
  const failure = failureOf(facts);
  const effort = effortOf(facts.leaves, facts.markers);
  const records = decision?.records ?? NO_RECORDS;
  const metrics = metricsOf(facts.leaves, facts.markers);
  const total = (facts.endedAt.getTime() - facts.startedAt.getTime()) / 1000;
  const usage = facts.worked.flatMap((array) => array.usage);
  const cost = runCost(usage, {
    arrays: facts.rounds.reduce((sum, { arrays }) => sum + arrays.length, 0),
    chunks: plan?.chunks ?? 0,
  });
  return {
    schema: 'report.v1',
    runId: input.runId,
    job: input.job,
    status: facts.published ? 'SUCCEEDED' : failure?.class === 'CANCELLED' ? 'ABORTED' : 'FAILED',
    ...(!facts.published && failure && { failure }),
    startedAt: facts.startedAt.toISOString(),
    endedAt: facts.endedAt.toISOString(),
    records,
    ...(metrics && { metrics }),
    bytes: decision?.bytes ?? { read: 0, written: 0 },
    reconciliation: reconciliationOf(facts),
    ...(plan ? inputOf(plan, facts, facts.chunksUri) : { input: input.objects.map((object) => ({ ...object, bytes: 0 })) }),
    output: outputOf(facts),
    ...(records.quarantined > 0 && { quarantine: { uri: facts.quarantineUri, records: records.quarantined, ...faultsOf(facts) } }),
    chunks: chunksOf(facts),
    tasks: facts.rounds.reduce((sum, { tasks }) => sum + tasks, 0),
    rounds: facts.rounds.map((round) => roundRow(round, facts.worked)),
    seconds: { total, byState: { ...facts.byState }, work: usage.reduce((sum, { seconds }) => sum + seconds, 0) },
    ...(effort && { worker: effort }),
    throughput: { recordsPerSecond: perSecond(records.read, total), bytesPerSecond: perSecond(decision?.bytes.read ?? 0, total) },
    cost,
    ...(plan && { pins: plan.pins }),
    ...(drives.length > 0 && { drives: drives.map(({ drive, at, pins }) => ({ drive, at, pins })) }),
  };
}
