import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Branch } from '../branch';
import { StateError } from '../errors';
import type { Entry } from '../history';
import type { Flow } from '../language';
import { attemptPath, type Scope, type Visit } from '../run';

/** Flows that run side by side within a state: the iterations of a Map, the branches of a Parallel. */
export interface Lanes {
  readonly kind: 'Map' | 'Parallel';
  readonly count: number;
  readonly concurrency: number;
  readonly flow: (index: number) => Flow;
  readonly scope: (index: number) => Scope;
  readonly input: (index: number) => Promise<unknown>;
}

/** How a lane's beginning and end are told to clients, who see iterations but not branches. */
const eventOf = ({ kind }: Lanes, what: 'Started' | 'Succeeded' | 'Failed' | 'Aborted'): HistoryEventType | undefined =>
  kind === 'Map' ? `MapIteration${what}` : undefined;

const lanePath = (visit: Visit, index: number): string => `${attemptPath(visit)}/${index}`;

const errorOf = ({ data }: Entry): StateError => new StateError(String(data.error), String(data.cause));

/** One lane to its end; a lane that has ended, in this process or a former one, is not entered again. */
async function lane(visit: Visit, lanes: Lanes, { branch, index }: { branch: Branch; index: number }): Promise<unknown> {
  const { run, name } = visit;
  const path = lanePath(visit, index);
  const ended = run.history.get(`${path}:end`);
  if (ended) return branch.follow(ended).data.output;
  const tell = (what: 'Started' | 'Succeeded' | 'Failed', data: object) => ({ type: eventOf(lanes, what), data: { name, index, ...data } });
  try {
    const started = await branch.once(`${path}:started`, async () => tell('Started', { input: await lanes.input(index) }));
    const entry = { branch, prefix: `${path}/`, input: started.data.input, scope: lanes.scope(index) };
    const output = await run.flow(lanes.flow(index), entry);
    branch.record(`${path}:end`, tell('Succeeded', { output }));
    return output;
  } catch (thrown) {
    if (thrown instanceof StateError && !branch.signal.aborted) {
      branch.record(`${path}:end`, tell('Failed', { error: thrown.error, cause: thrown.reason }));
    }
    throw thrown;
  }
}

/** Ends every lane that is under way, because one has failed. */
function abortOthers(visit: Visit, lanes: Lanes): void {
  const { run, branch, name } = visit;
  for (let index = 0; index < lanes.count; index++) {
    const path = lanePath(visit, index);
    if (!run.history.get(`${path}:started`) || run.history.get(`${path}:end`)) continue;
    branch.record(`${path}:end`, { type: eventOf(lanes, 'Aborted'), data: { name, index, aborted: true } });
  }
}

/** The failure that ended a lane before this process began. */
const failureBefore = (visit: Visit, { count }: Lanes): Entry | undefined =>
  Array.from({ length: count }, (_, index) => visit.run.history.get(`${lanePath(visit, index)}:end`)).find(
    (end) => end && 'error' in end.data,
  );

async function runAll(visit: Visit, lanes: Lanes): Promise<readonly unknown[]> {
  const before = failureBefore(visit, lanes);
  if (before) throw errorOf(before);
  const stem = visit.branch.fork();
  const outputs: unknown[] = new Array(lanes.count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < lanes.count) {
      const index = next++;
      const branch = stem.fork();
      outputs[index] = await lane(visit, lanes, { branch, index });
      branch.halt();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(lanes.concurrency, lanes.count) }, worker));
    return outputs;
  } finally {
    stem.halt();
  }
}

/** The state's own line goes on after whichever lane's end came last. */
function followEnds({ branch, run, ...visit }: Visit, { count }: Lanes): void {
  const ends = Array.from({ length: count }, (_, index) => run.history.get(`${attemptPath(visit)}/${index}:end`)).filter(
    (end) => end !== undefined,
  );
  for (const end of ends.toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0))) branch.follow(end);
}

/** Runs all lanes; the first failure aborts the others and is the state's own. */
export async function runLanes(visit: Visit, lanes: Lanes): Promise<readonly unknown[]> {
  const { branch, run } = visit;
  const path = attemptPath(visit);
  const told = run.history.get(`${path}:end`);
  if (told && 'error' in told.data) throw errorOf(branch.follow(told));
  try {
    const outputs = await runAll(visit, lanes);
    followEnds(visit, lanes);
    await branch.once(`${path}:end`, () => ({ type: `${lanes.kind}StateSucceeded`, data: {} }));
    return outputs;
  } catch (thrown) {
    if (!(thrown instanceof StateError) || branch.signal.aborted) throw thrown;
    followEnds(visit, lanes);
    abortOthers(visit, lanes);
    branch.record(`${path}:end`, { type: `${lanes.kind}StateFailed`, data: { error: thrown.error, cause: thrown.reason } });
    throw thrown;
  }
}
