import { z } from 'zod';
import type { Operations } from '../kernel/http';
import { epochSeconds, inputOf, pageOf } from '../messaging/inputs';
import { type Api, onArn } from './api';
import type { Logging } from './logging';
import type { StateMachine } from './machines';
import { snapshotOf } from './view';

/** Step Functions' own page size when a request names none. */
const DEFAULT_PAGE = 100;

/** Fields of a request for a page; 0 means the default, as on AWS. */
export const Paging = z.object({
  maxResults: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .transform((size) => size || DEFAULT_PAGE),
  nextToken: z.string().optional(),
});

const loggingOf = ({ Level, IncludeExecutionData, Destinations }: Logging) => ({
  level: Level,
  includeExecutionData: IncludeExecutionData,
  destinations: Destinations.map(({ CloudWatchLogsLogGroup: group }) => ({ cloudWatchLogsLogGroup: { logGroupArn: group.LogGroupArn } })),
});

const described = ({ arn, name, roleArn, definition, logging, tracing, revisionId, createdAt }: StateMachine) => ({
  stateMachineArn: arn,
  name,
  status: 'ACTIVE',
  type: 'STANDARD',
  definition,
  roleArn,
  creationDate: epochSeconds(createdAt),
  loggingConfiguration: loggingOf(logging),
  tracingConfiguration: { enabled: tracing },
  revisionId,
});

/** Operations on state machines; they are made and changed by templates only. */
export function machineOperations(api: Api): Operations {
  const { kernel, machines, executions } = api;
  return {
    DescribeStateMachine: onArn(api, 'DescribeStateMachine', 'stateMachineArn')((arn) => described(machines.get(arn))),
    DescribeStateMachineForExecution: onArn(
      api,
      'DescribeStateMachineForExecution',
      'executionArn',
    )((arn) => {
      executions.row(arn);
      const { machineArn, machineName, roleArn, definition, logging, revisionId, startedAt } = snapshotOf(executions.history(arn));
      const snapshot = { stateMachineArn: machineArn, name: machineName, roleArn, definition, revisionId };
      return { ...snapshot, updateDate: epochSeconds(startedAt), loggingConfiguration: loggingOf(logging) };
    }),
    ListStateMachines: (input, { caller }) => {
      kernel.authorize({ caller, action: 'states:ListStateMachines', resource: '*' });
      const { maxResults, nextToken } = inputOf(Paging, input);
      const { items, next } = pageOf(machines.all(), nextToken, maxResults);
      const summaries = items.map(({ arn, name, createdAt }) => ({
        stateMachineArn: arn,
        name,
        type: 'STANDARD',
        creationDate: epochSeconds(createdAt),
      }));
      return { stateMachines: summaries, nextToken: next };
    },
    ListStateMachineVersions: onArn(
      api,
      'ListStateMachineVersions',
      'stateMachineArn',
    )((arn) => {
      machines.get(arn);
      return { stateMachineVersions: [] };
    }),
  };
}
