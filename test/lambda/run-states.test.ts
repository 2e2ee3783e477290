import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { abortRun } from '../../adapters/aborting';
import { NotRedrivableError, redriveRun } from '../../adapters/redriving';
import type { Marker } from '../../core/contracts';
import { driveKey, inputKey, manifestKey, markerKey, markersPrefix, reportKey, successKey } from '../../core/keys';
import { closingName } from '../../core/submit/execution-names';
import { collect } from '../../lambda/collect';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { redrive } from '../../lambda/redrive';
import { report } from '../../lambda/report';
import type { Deps } from '../../lambda/runtime';
import { submit } from '../../lambda/submit';
import { sweep } from '../../lambda/sweep';
import { tenByteLines, workArray } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { runExecution } from '../support/run-execution';
import { aWorld, type World } from '../support/world';

const CONFIG = aConfig(
  aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } }),
);
const JOB = 'orders';
const TEXT = tenByteLines(35);
const END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };
const FAILURE = { class: 'CODE', message: 'a fault', hint: 'correct it' } as const;
const HOUR_MS = 3_600_000;
const BEGIN_MS = Date.parse('2026-01-01T00:01:00.000Z');
const ABORT = { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: 'wrong file' } as const;

/** One run in a world whose clock stands still until it is set. */
class Run {
  readonly world: World = aWorld(CONFIG);
  hours = 0;
  runId = '';
  readonly event: string;

  constructor() {
    const { key, versionId } = this.world.drop('incoming/orders/a.jsonl', TEXT);
    const detail = { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: TEXT.length } };
    this.event = JSON.stringify({ job: JOB, detail });
  }

  get deps(): Deps {
    return { ...this.world.deps, now: () => new Date(BEGIN_MS + this.hours * HOUR_MS) };
  }

  get ref() {
    return { runId: this.runId, job: JOB };
  }

  async drop(): Promise<void> {
    await intake({ Records: [{ messageId: 'm', body: this.event }] }, this.deps);
    this.runId ||= [...this.world.started.keys()][0] ?? '';
  }

  /** All but `skip` are committed. */
  async work(skip: readonly string[] = []): Promise<this> {
    await this.drop();
    await plan({ ...this.ref, stateMachine: 'arn:machine' }, this.deps);
    await submit({ ...this.ref, round: 0, array: 0, token: 't0' }, this.deps);
    await workArray(this.world, this.runId, { round: 0, array: 0, skip });
    return this;
  }

  async report(drive = 0): Promise<void> {
    await report({ ...this.ref, drive, ...END }, this.deps);
  }

  end(status: 'FAILED' | 'TIMED_OUT' | 'SUCCEEDED', name = this.runId): void {
    this.world.statuses.set(name, status);
  }

  /** Failed and reported, with one chunk open. */
  async fail(): Promise<this> {
    await this.work(['0000001']);
    await commit({ ...this.ref, failure: FAILURE }, this.deps);
    await this.report();
    this.end('FAILED');
    return this;
  }

  async pending(): Promise<number> {
    let count = 0;
    for await (const _ of this.world.uploads.pending('')) count++;
    return count;
  }
}

/** The steps of a redrive that dies where `deps` says. */
async function redriveUntil(run: Run, deps: Partial<Deps>): Promise<void> {
  await redriveRun(run.runId, { ...run.deps, ...deps }).catch(() => undefined);
}

const dead = () => Promise.reject(new Error('killed'));

/** A state store that refuses to create keys of a kind. */
const refusing = (run: Run, key: (text: string) => boolean): Deps['state'] =>
  Object.create(run.world.state, {
    createOnce: { value: (name: string, body: string) => (key(name) ? dead() : run.world.state.createOnce(name, body)) },
  });

/** How each state of the table comes about. */
const STATES: Readonly<Record<string, () => Promise<Run>>> = {
  'claimed, not started': async () => {
    const run = new Run();
    const executions = { ...run.world.deps.executions, start: dead };
    await intake({ Records: [{ messageId: 'm', body: run.event }] }, { ...run.deps, executions });
    run.runId = [...run.world.open.marks.keys()][0] ?? '';
    run.hours = 1;
    return run;
  },
  'under way': () => new Run().work(['0000001']),
  'asked to stop': async () => {
    const run = await new Run().work(['0000001']);
    await abortRun(run.runId, ABORT, run.deps);
    return run;
  },
  'stopped, undecided': async () => {
    const run = await new Run().work(['0000001']);
    run.end('TIMED_OUT');
    return run;
  },
  'being published': async () => {
    const run = await new Run().work();
    await commit(run.ref, { ...run.deps, uploads: Object.assign(Object.create(run.world.uploads), { complete: dead }) }).catch(
      () => undefined,
    );
    return run;
  },
  'stopped while being published': async () => {
    const run = await STATES['being published']!();
    run.end('FAILED');
    return run;
  },
  'published, not reported': async () => {
    const run = await new Run().work();
    await commit(run.ref, run.deps);
    run.end('FAILED');
    return run;
  },
  published: async () => {
    const run = await new Run().work();
    await commit(run.ref, run.deps);
    await run.report();
    run.end('SUCCEEDED');
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-loser.jsonl`, 'text/plain');
    return run;
  },
  'failed, not reported': async () => {
    const run = await new Run().work(['0000001']);
    await commit({ ...run.ref, failure: FAILURE }, run.deps);
    run.end('FAILED');
    return run;
  },
  failed: () => new Run().fail(),
  'failed, after three days': async () => {
    const run = await new Run().fail();
    run.hours = 73;
    return run;
  },
  aborted: async () => {
    const run = await STATES['asked to stop']!();
    await commit(run.ref, run.deps);
    await run.report();
    run.end('FAILED');
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-late.jsonl`, 'text/plain');
    return run;
  },
  unbalanced: async () => {
    const run = await new Run().work();
    const key = markerKey(run.runId, '0000001');
    const marker = JSON.parse(run.world.state.text(key)) as Marker;
    run.world.state.put(key, JSON.stringify({ ...marker, counts: { ...marker.counts, written: marker.counts.written - 1 } }));
    await commit(run.ref, run.deps);
    await run.report();
    run.end('FAILED');
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-late.jsonl`, 'text/plain');
    return run;
  },
  'not delivered as written': async () => {
    const run = await new Run().work();
    const complete = run.world.uploads.complete.bind(run.world.uploads);
    jest.spyOn(run.world.uploads, 'complete').mockImplementation(async (upload) => {
      await complete(upload);
      if (upload.key.includes('0000002')) run.world.output.put(upload.key, 'damaged');
    });
    await commit(run.ref, run.deps);
    await run.report();
    run.end('FAILED');
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-late.jsonl`, 'text/plain');
    return run;
  },
  'uploads lost': async () => {
    const run = await new Run().fail();
    const { drive, execution } = await redriveRun(run.runId, run.deps);
    for await (const upload of run.world.uploads.pending('')) await run.world.uploads.abort(upload);
    const error = await redrive({ ...run.ref, drive }, run.deps).then(
      () => undefined,
      (thrown: Error) => ({ Error: thrown.name, Cause: JSON.stringify({ errorMessage: thrown.message }) }),
    );
    await commit({ ...run.ref, drive, error }, run.deps);
    await run.report(drive);
    run.end('FAILED', execution);
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-late.jsonl`, 'text/plain');
    return run;
  },
  'concluding execution stopped': async () => {
    const run = await STATES['stopped, undecided']!();
    await sweep({ id: 'e', detail: {} }, run.deps);
    run.end('FAILED', closingName(run.runId));
    run.hours = 1;
    return run;
  },
  'redrive marked, not recorded': async () => {
    const run = await new Run().fail();
    await redriveUntil(run, { state: refusing(run, (key) => key === driveKey(run.runId, 1)) });
    run.hours = 1;
    return run;
  },
  'redrive recorded, not started': async () => {
    const run = await new Run().fail();
    await redriveUntil(run, { executions: { ...run.world.deps.executions, start: dead } });
    run.hours = 1;
    return run;
  },
  'redrive under way': async () => {
    const run = await new Run().fail();
    await redriveRun(run.runId, run.deps);
    return run;
  },
  collected: async () => {
    const run = await new Run().fail();
    run.hours = 73;
    await collect({}, run.deps);
    await run.world.uploads.begin(`${JOB}/${run.runId}/part-late.jsonl`, 'text/plain');
    return run;
  },
};

/** What somebody does to a run, and what of it can be seen, in the words of the table. */
const ACTIONS: Readonly<Record<string, (run: Run) => Promise<string>>> = {
  redrive: async (run) => {
    const began = new Set(run.world.started.keys());
    const records = driveRecords(run);
    try {
      const { outcome } = await redriveRun(run.runId, run.deps);
      if (outcome === 'concluding') return 'concludes';
    } catch (thrown) {
      if (!(thrown instanceof NotRedrivableError)) throw thrown;
      return `refuses: ${thrown.message}`;
    }
    return driveRecords(run) > records ? 'starts a drive' : startedBy(run, began);
  },
  abort: async (run) => {
    const aborted = await abortRun(run.runId, ABORT, run.deps);
    return aborted.outcome === 'asked' ? 'asks to stop' : `too late: ${aborted.decision}`;
  },
  'event again': async (run) => {
    const began = new Set(run.world.started.keys());
    await run.drop();
    return startedBy(run, began);
  },
  sweep: async (run) => {
    const began = new Set(run.world.started.keys());
    const marks = newestMarks(run);
    const { findings } = await sweep({ id: 'e', detail: {} }, run.deps);
    const closed = findings.some(({ did }) => did === 'closed' || did === 'resumed');
    if (closed) return 'concludes';
    return marks.every((mark) => !run.world.open.marks.has(mark)) ? 'forgets the mark' : startedBy(run, began);
  },
  collect: async (run) => {
    const before = await run.pending();
    const records = driveRecords(run);
    await collect({}, run.deps);
    if ((await run.pending()) === before) return 'keeps uploads';
    return driveRecords(run) > records ? 'takes the run' : 'aborts uploads';
  },
};

const driveRecords = ({ world, runId }: Run): number => world.state.keys(`runs/${runId}/drive-`).length;

function startedBy(run: Run, before: ReadonlySet<string>): string {
  return [...run.world.started.keys()].some((name) => !before.has(name)) ? 'starts the execution' : 'nothing';
}

/** Marks of the newest drive that was asked for. */
function newestMarks({ world }: Run): readonly string[] {
  const marks = [...world.open.marks.values()];
  const newest = Math.max(...marks.map(({ input }) => input.drive ?? 0));
  return marks.filter(({ input }) => (input.drive ?? 0) === newest).map(({ execution }) => execution);
}

const rows = readFileSync(join(__dirname, '../../docs/run-states.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));
const [header = [], ...table] = rows;
const cells = table.flatMap(([state = '', ...row]) => row.map((expected, i) => [state, header[i + 1] ?? '', expected] as const));

test('the table has every state that is built here, and every command', () => {
  expect(table.map(([state]) => state).toSorted()).toEqual(Object.keys(STATES).toSorted());
  expect(header.slice(1)).toEqual(Object.keys(ACTIONS));
});

test.each(cells)('%s, %s: %s', async (state, action, expected) => {
  const run = await STATES[state]!();

  const happened = await ACTIONS[action]!(run);

  if (expected.startsWith('refuses: ')) expect(happened).toContain(expected.slice('refuses: '.length));
  else expect(happened).toBe(expected);
});

/** Executions that were started and have not ended are run, then everybody who looks after runs does so, as days go by. */
async function letTimePass(run: Run): Promise<void> {
  for (let round = 0; round < 12; round++) {
    for (const name of [...run.world.started.keys()].filter((one) => !run.world.statuses.has(one))) {
      await runExecution(run.world, name, run.deps);
    }
    run.hours += round < 6 ? 1 : 24;
    await sweep({ id: `e${round}`, detail: {} }, run.deps);
    await collect({}, run.deps);
  }
}

const visibleRows = ({ world, runId }: Run): string =>
  world.output
    .keys(`${JOB}/${runId}/part-`)
    .map((key) => world.output.text(key))
    .join('');

test.each(['stopped, undecided', 'failed'])(
  'a run that is %s keeps what it has committed, and a redrive publishes all of it',
  async (state) => {
    const run = await STATES[state]!();
    const commits = run.world.state.keys(markersPrefix(run.runId)).length;

    const first = await redriveRun(run.runId, run.deps);
    await runExecution(run.world, first.execution, run.deps);
    const second = first.outcome === 'concluding' ? await redriveRun(run.runId, run.deps) : undefined;
    if (second) await runExecution(run.world, second.execution, run.deps);

    expect(commits).toBe(3);
    expect(visibleRows(run)).toBe(TEXT);
    expect(run.world.batch.orders.map(({ tasks }) => tasks)).toEqual([4, 1]);
  },
);

describe('with time, the sweep and the collector', () => {
  test.each(Object.keys(STATES))('a run that is %s ends with a report, all of its rows or none, and nothing left behind', async (state) => {
    const run = await STATES[state]!();
    jest.restoreAllMocks();

    await letTimePass(run);

    const { world, runId } = run;
    const drive = world.state.keys(`runs/${runId}/drive-`).filter((key) => world.state.text(key).includes('"redrive"')).length;
    const isPublished = world.output.keys(successKey(JOB, runId)).length > 0;
    expect(world.state.keys(inputKey(runId))).toHaveLength(1);
    expect(JSON.parse(world.state.text(reportKey(runId, drive))).status === 'SUCCEEDED').toBe(isPublished);
    expect(visibleRows(run)).toBe(isPublished ? TEXT : '');
    expect(world.output.keys(manifestKey(JOB, runId))).toHaveLength(isPublished ? 1 : 0);
    expect([await run.pending(), world.open.marks.size]).toEqual([0, 0]);
    expect(world.batch.orders.every((_, i) => world.batch.ended.has(`job-${i + 1}`))).toBe(true);
  });
});
