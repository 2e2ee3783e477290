import { serveAwsJson } from '../kernel/http';
import type { Kernel, Service } from '../kernel/types';
import { sqsOperations } from './operations';
import { sqsProviders } from './provider';
import { type LocalQueues, QueueRegistry } from './registry';
import { LongPolls } from './wait';

/** SQS: standard queues that survive a restart; a message in flight when the process died is visible again. */
export function createSqs(kernel: Kernel, now: () => number = Date.now): Service & LocalQueues {
  const registry = new QueueRegistry(kernel, now);
  const polls = new LongPolls();
  const operations = sqsOperations({ kernel, registry, polls });
  return {
    signingName: 'sqs',
    handle: (request, response) => serveAwsJson(operations, request, response),
    providers: sqsProviders(kernel, registry),
    start: async () => undefined,
    stop: async () => {
      polls.close();
      registry.close();
    },
    settings: (arn) => registry.settings(arn),
    send: (arn, body) => registry.send(arn, body),
    sendWithAttributes: (arn, body, attributes) => registry.sendWithAttributes(arn, body, attributes),
    receive: (arn, max, visibilitySeconds) => registry.receive(arn, max, visibilitySeconds),
    remove: (arn, handle) => registry.remove(arn, handle),
    release: (arn, handle) => registry.release(arn, handle),
    onMessages: (arn, listener) => registry.onMessages(arn, listener),
  };
}
