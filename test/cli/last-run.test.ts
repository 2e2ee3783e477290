import { join } from 'node:path';
import { type FlowDeps, runFlow } from '../../cli/flow';
import type { Source } from '../../cli/sources';
import type { Plan } from '../../core/contracts';
import { configKey, decisionKey, driveKey, inputKey, planKey } from '../../core/keys';
import type { Report } from '../../core/report/report-contract';
import { loadJobs } from '../../core/spec/load';
import { aConfig } from '../support/records';
import { aFailure, aReport, aSpec, FakeCloud, tempFolder, writeFiles } from './support';

const folder = tempFolder();
writeFiles(folder, { 'a.csv': 'id\n1\n', 'b.csv': 'id\n2\n' });
const [job] = loadJobs(['orders.yaml'], () => aSpec('orders')).jobs;
const CONFIG = { ...aConfig(job?.spec), code: 'a' };
const file = (name: string): Source => ({ kind: 'file', path: join(folder, name), name });
const PINS = { jobDefinition: 'jd:1', image: 'image', config: 'v1', stateMachine: 'arn' };
const FILE = [file('a.csv')];
const FILES = [file('a.csv'), file('b.csv')];
const PREFIX: readonly Source[] = [{ kind: 'prefix', bucket: 'in', prefix: 'incoming/orders/' }];

/** A cloud that keeps what its runs left: plan and input as Plan and intake write them, and reports as a test says. */
class Ledger extends FakeCloud {
  readonly notices: string[] = [];
  reportOf: (runId: string, drive: number) => Report | undefined = (runId) => aReport({ runId });

  constructor() {
    super();
    this.deploy(CONFIG);
  }

  deploy(config: typeof CONFIG): void {
    this.control.state.put(configKey('orders'), JSON.stringify(config));
  }

  override async report(runId: string, drive = 0): Promise<Report | undefined> {
    return this.reportOf(runId, drive);
  }

  /** Runs once; the name of the run, which has left its plan. */
  async run(
    sources: readonly Source[],
    { again = false, config = CONFIG }: { again?: boolean; config?: typeof CONFIG } = {},
  ): Promise<string> {
    this.deploy(config);
    const { runId } = await runFlow({ job: job!, sources, again }, this.deps);
    if (this.control.state.keys(planKey(runId)).length > 0) return runId;
    const plan: Plan = {
      schema: 'plan.v1',
      runId,
      job: 'orders',
      objects: [],
      bytes: 0,
      chunks: 0,
      tasks: 0,
      config,
      pins: PINS,
      output: { bucket: 'out', prefix: `orders/${runId}/` },
      sizing: { chunkBytes: 1, tasksTarget: 1, why: 'a test' },
    };
    this.control.state.put(planKey(runId), JSON.stringify(plan));
    this.control.state.put(inputKey(runId), JSON.stringify({ schema: 'input.v1', runId, job: 'orders', objects: [] }));
    return runId;
  }

  private get deps(): FlowDeps {
    return {
      cloud: this,
      view: { update: () => undefined, stop: () => undefined },
      notice: (line) => this.notices.push(line),
      interrupted: new AbortController().signal,
      now: () => 0,
      lookEveryMs: 1,
    };
  }
}

async function aLedger(): Promise<Ledger> {
  const ledger = new Ledger();
  await ledger.put('incoming/orders/y.csv', join(folder, 'a.csv'), { again: false });
  return ledger;
}

const OTHER = { ...CONFIG, spec: { ...CONFIG.spec, errors: { ...CONFIG.spec.errors, skipLimit: 7 } } };
const NEW_CODE = { ...CONFIG, code: 'b' };

describe.each([
  ['a dropped file', FILE],
  ['several files', FILES],
  ['a prefix', PREFIX],
])('%s', (_, sources) => {
  test('that was published is shown, and run again by --again alone', async () => {
    const ledger = await aLedger();
    const first = await ledger.run(sources);

    expect(await ledger.run(sources)).toBe(first);
    const again = await ledger.run(sources, { again: true });
    expect(again).not.toBe(first);
    expect(await ledger.run(sources)).toBe(again);
    expect(await ledger.run(sources, { again: true })).not.toBe(again);
  });

  test.each([
    ['the spec has changed', OTHER],
    ['the code that the spec names has changed', NEW_CODE],
  ])('is run again where %s since, once', async (why, config) => {
    const ledger = await aLedger();
    const first = await ledger.run(sources);
    const second = await ledger.run(sources, { config });

    expect(second).not.toBe(first);
    expect(ledger.notices).toContainEqual(expect.stringContaining(`${why} since run ${first}: running again`));
    expect(await ledger.run(sources, { config })).toBe(second);
  });

  test('is run again where its run failed, until it succeeds', async () => {
    const ledger = await aLedger();
    const failed = new Set<string>();
    ledger.reportOf = (runId) => (failed.has(runId) ? aFailure({ runId }) : aReport({ runId }));
    const runs: string[] = [];
    for (let i = 0; i < 3; i++) {
      runs.push(await ledger.run(sources));
      if (i < 2) failed.add(runs[i] as string);
    }

    expect(new Set(runs).size).toBe(3);
    expect(ledger.notices).toContainEqual(expect.stringContaining(`run ${runs[0]} ended FAILED (CODE): running again`));
    expect(await ledger.run(sources)).toBe(runs[2]);
  });

  test('whose run is decided to be published is left to it', async () => {
    const ledger = await aLedger();
    const first = await ledger.run(sources);
    ledger.reportOf = (runId) => aFailure({ runId });
    const counts = { read: 1, written: 1, filtered: 0, quarantined: 0 };
    const reconciliation = { verdict: 'BALANCED', checks: [] };
    const decision = {
      schema: 'decision.v1',
      decision: 'publish',
      frozen: { key: 'list', sha256: '', chunks: 1, parts: 1 },
      rounds: 1,
      reconciliation,
      chunks: 1,
      records: counts,
      bytes: { read: 1, written: 1 },
    };
    ledger.control.state.put(decisionKey(first), JSON.stringify(decision));

    expect(await ledger.run(sources)).toBe(first);
    expect(ledger.notices.join('\n')).toContain(`batchwright redrive ${first}`);
  });

  test('whose run is under way goes on, and a redriven one is judged by its last drive', async () => {
    const ledger = await aLedger();
    const first = await ledger.run(sources);
    const drive = { schema: 'drive.v1', kind: 'redrive', drive: 1, at: '2026-01-01T00:00:00Z', config: OTHER, pins: PINS };
    ledger.control.state.put(driveKey(first, 1), JSON.stringify(drive));
    ledger.reportOf = (runId, number) => (number === 0 ? aFailure({ runId }) : aReport({ runId }));

    expect(await ledger.run(sources, { config: OTHER })).toBe(first);
    let looks = 0;
    ledger.reportOf = (runId) => (looks++ === 0 ? undefined : aReport({ runId }));
    expect(await ledger.run(sources)).toBe(first);
  });
});
