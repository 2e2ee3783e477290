import type { FunctionDefinition } from './definition';
import type { Answer } from './sandbox';

const MIB = 1024 * 1024;

/** The context object's values, as Lambda names them. */
export const contextOf = ({ name, arn, memoryMb, logGroup }: FunctionDefinition, awsRequestId: string, logStreamName: string) => ({
  awsRequestId,
  functionName: name,
  functionVersion: '$LATEST',
  invokedFunctionArn: arn,
  memoryLimitInMB: String(memoryMb),
  logGroupName: logGroup,
  logStreamName,
});

export interface Report {
  readonly definition: FunctionDefinition;
  readonly requestId: string;
  readonly answer: Answer;
  readonly initMs: number | undefined;
  readonly elapsedMs: number;
}

/** The line that tools read durations and memory from; memory is the thread's JavaScript heap. */
export function reportOf({ definition, requestId, answer, initMs, elapsedMs }: Report): string {
  const timedOut = answer.kind === 'fatal' && answer.timedOut;
  const durationMs = Math.max(0, elapsedMs - (initMs ?? 0));
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(elapsedMs)} ms`,
    `Memory Size: ${definition.memoryMb} MB`,
    `Max Memory Used: ${answer.kind === 'fatal' ? definition.memoryMb : Math.ceil(answer.heapBytes / MIB)} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(timedOut ? ['Status: timeout'] : []),
  ].join('\t');
}
