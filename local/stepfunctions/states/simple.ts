import { until } from '../clock';
import { ERROR, EvaluationError, StateError } from '../errors';
import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from '../language';
import { type Came, evaluateIn, type Visit } from '../run';

/** Hands its input on. */
export const pass = async ({ input }: Visit, rule: PassState | SucceedState): Promise<Came> => ({ rule, fallback: input });

/** Takes the first rule that holds, else the default with the state's own Output and Assign. */
export async function choice(visit: Visit, state: ChoiceState): Promise<Came> {
  for (const [i, rule] of state.Choices.entries()) {
    const field = `Choices[${i}]/Condition`;
    const holds = await evaluateIn(visit, [field, rule.Condition]);
    if (typeof holds !== 'boolean') throw new EvaluationError(field, `${JSON.stringify(holds)} is neither true nor false`);
    if (holds) return { rule, fallback: visit.input };
  }
  if (state.Default === undefined) throw new StateError(ERROR.runtime, `no choice of state "${visit.name}" matches and it has no Default`);
  return { rule: { Output: state.Output, Assign: state.Assign, Next: state.Default }, fallback: visit.input };
}

async function wakeTime(visit: Visit, state: WaitState): Promise<number> {
  if (state.Timestamp !== undefined) {
    const timestamp = await evaluateIn(visit, ['Timestamp', state.Timestamp]);
    const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(at)) throw new EvaluationError('Timestamp', `${JSON.stringify(timestamp)} is not an ISO 8601 time`);
    return at;
  }
  const seconds = await evaluateIn(visit, ['Seconds', state.Seconds]);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) {
    throw new EvaluationError('Seconds', `${JSON.stringify(seconds)} is not a whole number from 0 on`);
  }
  return visit.enteredAt + seconds * 1000;
}

/** Waits until a time that is fixed on entry, however often the process dies meanwhile. */
export async function wait(visit: Visit, state: WaitState): Promise<Came> {
  const { run, branch, path, input } = visit;
  const wake = await branch.once(`${path}:wake`, async () => ({ type: undefined, data: { at: await wakeTime(visit, state) } }));
  await until(run.clock, Number(wake.data.at), branch.signal);
  return { rule: state, fallback: input };
}

async function textOf(visit: Visit, field: 'Error' | 'Cause', template: string | undefined): Promise<string> {
  const text = template === undefined ? '' : await evaluateIn(visit, [field, template]);
  if (typeof text === 'string') return text;
  throw new EvaluationError(field, `${JSON.stringify(text)} is not a string`);
}

/** Ends what it is in with an error of the definition's own. */
export async function fail(visit: Visit, state: FailState): Promise<never> {
  throw new StateError(await textOf(visit, 'Error', state.Error), await textOf(visit, 'Cause', state.Cause));
}
