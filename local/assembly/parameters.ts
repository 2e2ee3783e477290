import { NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, REGION } from '../kernel/types';
import { NO_VALUE } from './intrinsics';
import type { StackTemplate } from './load';

/** The newest bootstrap version that a template can ask for; there is nothing to bootstrap here. */
const BOOTSTRAP_VERSION = '30';

/** ARN of a stack, the same after every restart. */
export const stackId = (stackName: string): string => `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`;

/** What `AWS::…` names mean in a stack; undefined for any other name. */
export const pseudoParameter = (stackName: string, name: string): unknown =>
  new Map<string, unknown>([
    ['AWS::AccountId', ACCOUNT],
    ['AWS::Region', REGION],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stackId(stackName)],
    ['AWS::NotificationARNs', []],
    ['AWS::NoValue', NO_VALUE],
  ]).get(name);

/** A parameter's default, since nobody is asked for parameters here; undefined when there is no such parameter. */
export function parameterValue({ name: stackName, template }: StackTemplate, name: string): unknown {
  const parameter = template.Parameters[name];
  if (!parameter) return undefined;
  if (name === 'BootstrapVersion') return BOOTSTRAP_VERSION;
  if (parameter.Type.startsWith('AWS::SSM::')) throw new NotEmulatedError(`parameter ${name} of type ${parameter.Type} (in ${stackName})`);
  if (parameter.Default === undefined) throw new NotEmulatedError(`parameter ${name} without a default (in ${stackName})`);
  const isList = parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<');
  return isList ? String(parameter.Default).split(',') : parameter.Default;
}
