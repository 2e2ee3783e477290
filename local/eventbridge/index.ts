import { serveAwsJson } from '../kernel/http';
import type { EventBus, Kernel, ResourceProvider, Service } from '../kernel/types';
import { arnOf, nameOf } from '../messaging/names';
import { Bus, type BusOptions } from './bus';
import { eventBridgeOperations } from './operations';
import { ruleOf } from './rule';
import type { Wires } from './targets';

const RULE_NAME_LIMIT = 64;

const ruleProvider = (bus: Bus): ResourceProvider => ({
  type: 'AWS::Events::Rule',
  identify: (identity) => {
    const name = nameOf(identity, 'Name', RULE_NAME_LIMIT);
    return { ref: name, attributes: { Arn: arnOf('events', `rule/${name}`) } };
  },
  create: async (resource) => bus.declare(ruleOf(resource)),
});

/** EventBridge: the default bus, delivering at least once from a durable outbox to queues, functions and topics. */
export function createEventBridge(kernel: Kernel, targets: Wires, options: Partial<BusOptions> = {}): Service & EventBus {
  const bus = new Bus(kernel, targets, { now: Date.now, ...options });
  const operations = eventBridgeOperations(kernel, bus);
  return {
    signingName: 'events',
    handle: (request, response) => serveAwsJson(operations, request, response),
    providers: [ruleProvider(bus)],
    start: async () => bus.start(),
    stop: async () => bus.stop(),
    publish: (event) => void bus.publish(event),
  };
}
