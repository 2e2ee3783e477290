import { ApiError, NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, type FunctionInvoker, type Kernel } from '../kernel/types';
import { serviceCaller } from '../messaging/service-caller';
import type { LocalQueues } from '../sqs/registry';
import type { Target } from './rule';
import type { RuleIdentity } from './transform';

/** A topic that takes messages from other services. */
export interface Topics {
  publish(topicArn: string, message: string): void;
}

export interface Wires {
  readonly queues: LocalQueues;
  readonly functions: FunctionInvoker;
  readonly topics?: Topics;
}

const PRINCIPAL = 'events.amazonaws.com';

/** A function that was reached and failed: Lambda itself runs it twice more, whatever the rule's own policy says. */
export class FunctionFailedError extends Error {
  override readonly name = 'FunctionFailedError';
}

function allowed(kernel: Kernel, action: string, on: { resource: string; sourceArn: string }): void {
  const context = { 'aws:SourceArn': on.sourceArn, 'aws:SourceAccount': ACCOUNT };
  const { kind, arn } = serviceCaller(PRINCIPAL, on.sourceArn);
  kernel.authorize({ caller: { kind, arn }, action, resource: on.resource, context });
}

async function invoke({ functions }: Wires, target: Target, wish: { input: string; ruleArn: string }): Promise<void> {
  const { error } = await functions.invoke(target.arn, JSON.parse(wish.input), serviceCaller(PRINCIPAL, wish.ruleArn));
  if (error) throw new FunctionFailedError(`${error.type}: ${error.message}`);
}

/** Hands one input to one target, as far as the target's own policy lets EventBridge. */
export function handOver(
  parts: { kernel: Kernel; wires: Wires },
  delivery: { rule: RuleIdentity; target: Target; input: string },
): Promise<void> | void {
  const { kernel, wires } = parts;
  const { rule, target, input } = delivery;
  const on = { resource: target.arn, sourceArn: rule.arn };
  switch (target.arn.split(':')[2]) {
    case 'lambda':
      return invoke(wires, target, { input, ruleArn: rule.arn });
    case 'sqs':
      allowed(kernel, 'sqs:SendMessage', on);
      return wires.queues.send(target.arn, input);
    case 'sns':
      if (!wires.topics) throw new NotEmulatedError(`the event target ${target.arn}`);
      allowed(kernel, 'sns:Publish', on);
      return wires.topics.publish(target.arn, input);
    default:
      throw new NotEmulatedError(`the event target ${target.arn}`);
  }
}

/** A letter must fit into its queue, whatever the target said. */
const REASON_CHARACTERS = 1024;

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

/** Keeps what could not be delivered, with the reason beside it, as EventBridge does. */
export function bury(
  parts: { kernel: Kernel; wires: Wires },
  letter: { rule: RuleIdentity; target: Target; event: unknown; reason: unknown },
): void {
  const { rule, target, event, reason } = letter;
  if (!target.deadLetterArn) return;
  allowed(parts.kernel, 'sqs:SendMessage', { resource: target.deadLetterArn, sourceArn: rule.arn });
  parts.wires.queues.sendWithAttributes(target.deadLetterArn, JSON.stringify(event), {
    RULE_ARN: text(rule.arn),
    TARGET_ARN: text(target.arn),
    ERROR_CODE: text(reason instanceof ApiError ? reason.code : 'SDK_CLIENT_ERROR'),
    ERROR_MESSAGE: text((reason instanceof Error ? reason.message : String(reason)).slice(0, REASON_CHARACTERS)),
  });
}
