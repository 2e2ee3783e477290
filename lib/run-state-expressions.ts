/** JSONata of the run's state machine: what its states pass on to each other. */

export const RUN = {
  runId: '{% $states.context.Execution.Input.runId %}',
  job: '{% $states.context.Execution.Input.job %}',
  drive: '{% $exists($states.context.Execution.Input.drive) ? $states.context.Execution.Input.drive : 0 %}',
};
/** The run, with the failure or error that led here where there is one. */
export const RUN_AND_FAILURE = '{% $merge([$states.context.Execution.Input, $states.input]) %}';
const EXECUTION = '{"execution": $states.context.Execution.Id, "startedAt": $states.context.Execution.StartTime}';
export const RUN_AND_EXECUTION = `{% $merge([$states.context.Execution.Input, $states.input, ${EXECUTION}]) %}`;
export const ANSWER = '{% $states.result.Payload %}';
/** A step's answer beside what led to it. */
export const RUN_AND_ANSWER = '{% $merge([$states.input, $states.result.Payload]) %}';
export const CAUGHT = { errors: ['States.ALL'], outputs: { error: '{% $states.errorOutput %}' } };
/** What Commit was told stays, since Report may have it called again. */
export const COMMIT_CAUGHT = { errors: ['States.ALL'], outputs: '{% $merge([$states.input, {"commitError": $states.errorOutput}]) %}' };
