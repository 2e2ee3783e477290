import { EvaluationError, withinLimit } from '../errors';
import type { Flow, MapState, ParallelState } from '../language';
import { attemptPath, type Came, evaluateIn, type Visit } from '../run';
import { runLanes } from './lanes';

/** Inline Maps and Parallels run at most this many lanes at once. */
const MAX_LANES = 40;

async function itemsOf(visit: Visit, state: MapState): Promise<readonly unknown[]> {
  const items = state.Items === undefined ? visit.input : await evaluateIn(visit, ['Items', state.Items]);
  if (Array.isArray(items)) return items;
  throw new EvaluationError('Items', `${JSON.stringify(items)} is not an array`);
}

async function concurrencyOf(visit: Visit, state: MapState): Promise<number> {
  const limit = await evaluateIn(visit, ['MaxConcurrency', state.MaxConcurrency]);
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) {
    throw new EvaluationError('MaxConcurrency', `${JSON.stringify(limit)} is not a whole number from 0 on`);
  }
  return limit === 0 ? MAX_LANES : Math.min(limit, MAX_LANES);
}

/** Runs its processor once for every item; the outputs are in the items' order. */
export async function map(visit: Visit, state: MapState): Promise<Came> {
  const started = await visit.branch.once(`${attemptPath(visit)}:started`, async () => {
    const items = await itemsOf(visit, state);
    return { type: 'MapStateStarted', data: { length: items.length, items, concurrency: await concurrencyOf(visit, state) } };
  });
  const { items, concurrency } = started.data as { items: readonly unknown[]; concurrency: number };
  const itemOf = (index: number) => ({ Index: index, Value: items[index] });
  const result = await runLanes(visit, {
    kind: 'Map',
    count: items.length,
    concurrency,
    flow: () => state.ItemProcessor,
    scope: (index) => ({ variables: visit.scope.variables, item: itemOf(index) }),
    input: async (index) => {
      if (state.ItemSelector === undefined) return items[index];
      return withinLimit(await evaluateIn(visit, ['ItemSelector', state.ItemSelector], { item: itemOf(index) }), 'ItemSelector');
    },
  });
  withinLimit(result, 'the result of the Map');
  return { rule: state, result, fallback: result };
}

/** Runs all its branches with the same input. */
export async function parallel(visit: Visit, state: ParallelState): Promise<Came> {
  const started = await visit.branch.once(`${attemptPath(visit)}:started`, async () => {
    const input = state.Arguments === undefined ? visit.input : await evaluateIn(visit, ['Arguments', state.Arguments]);
    return { type: 'ParallelStateStarted', data: { input: withinLimit(input, 'Arguments') } };
  });
  const result = await runLanes(visit, {
    kind: 'Parallel',
    count: state.Branches.length,
    concurrency: MAX_LANES,
    flow: (index) => state.Branches[index] as Flow,
    scope: () => visit.scope,
    input: async () => started.data.input,
  });
  withinLimit(result, 'the result of the Parallel');
  return { rule: state, result, fallback: result };
}
