import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, ResourceIdentity, ResourceProvider } from '../kernel/types';
import { arnOf, nameOf } from '../messaging/names';
import { ignored, propertiesOf } from '../messaging/properties';
import type { Clock } from './clock';
import { parseDefinition } from './definition';
import { Logging } from './logging';
import type { StateMachines } from './machines';

const NAME_LIMIT = 80;

const Properties = z.strictObject({
  StateMachineName: z
    .string()
    .regex(/^[\w-]{1,80}$/)
    .optional(),
  StateMachineType: z.string().default('STANDARD'),
  DefinitionString: z.string().optional(),
  Definition: z.record(z.string(), z.unknown()).optional(),
  RoleArn: z.string(),
  LoggingConfiguration: Logging.prefault({}),
  TracingConfiguration: z.object({ Enabled: z.coerce.string().optional() }).optional(),
  EncryptionConfiguration: ignored,
  Tags: ignored,
});

/** Changes with the template, and only with it. */
const revisionOf = ({ properties }: Pick<ResourceIdentity, 'properties'>): string => {
  const digest = createHash('sha256').update(JSON.stringify(properties)).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20), digest.slice(20, 32)].join('-');
};

function definitionOf(resource: DeployedResource): string {
  const { StateMachineType: type, DefinitionString, Definition } = propertiesOf(Properties, resource);
  const where = `${resource.type} ${resource.stackName}/${resource.logicalId}`;
  if (type !== 'STANDARD') throw new NotEmulatedError(`StateMachineType ${type} of ${where}`);
  if ((DefinitionString === undefined) === (Definition === undefined)) {
    throw new NotEmulatedError(`${where} without exactly one of DefinitionString and Definition`);
  }
  return DefinitionString ?? JSON.stringify(Definition);
}

/** `AWS::StepFunctions::StateMachine`. */
export const stepFunctionsProviders = (machines: StateMachines, clock: Clock): readonly ResourceProvider[] => [
  {
    type: 'AWS::StepFunctions::StateMachine',
    identify: (identity) => {
      const name = nameOf(identity, 'StateMachineName', NAME_LIMIT);
      const arn = arnOf('states', `stateMachine:${name}`);
      return { ref: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revisionOf(identity) } };
    },
    create: async (resource) => {
      const { RoleArn: roleArn, LoggingConfiguration: logging, TracingConfiguration: tracing } = propertiesOf(Properties, resource);
      const definition = definitionOf(resource);
      parseDefinition(definition);
      machines.declare({
        arn: resource.ref,
        name: resource.attributes.Name ?? '',
        roleArn,
        definition,
        logging,
        tracing: tracing?.Enabled === 'true',
        revisionId: resource.attributes.StateMachineRevisionId ?? '',
        createdAt: clock.now(),
      });
    },
  },
];
