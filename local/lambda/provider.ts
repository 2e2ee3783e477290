import type { Kernel, ResourceIdentity, ResourceProvider } from '../kernel/types';
import { arnOf, nameOf } from '../messaging/names';
import { declared } from '../messaging/properties';
import { definitionOf } from './definition';
import { type Functions, functionArn, functionName } from './functions';

const FUNCTION_NAME_LIMIT = 64;

const plain = ({ stackName, logicalId }: ResourceIdentity) => ({
  ref: `${stackName}-${logicalId}`,
  attributes: { Id: `${stackName}-${logicalId}` },
});

const functionOf = (identity: ResourceIdentity): string => functionName(String(identity.resolve(identity.properties.FunctionName)));

/** Functions, and what surrounds them in a template; permissions are read by the kernel itself. */
export const lambdaProviders = (kernel: Kernel, functions: Functions): readonly ResourceProvider[] => [
  {
    type: 'AWS::Lambda::Function',
    identify: (identity) => {
      const name = nameOf(identity, 'FunctionName', FUNCTION_NAME_LIMIT);
      return { ref: name, attributes: { Arn: functionArn(name) } };
    },
    create: async (resource) => functions.deploy(definitionOf(resource, kernel.stateDir)),
  },
  declared('AWS::Lambda::Permission', plain),
  declared('AWS::Lambda::EventInvokeConfig', plain),
  declared('AWS::Lambda::LayerVersion', (identity) => ({
    ref: arnOf('lambda', `layer:${nameOf(identity, 'LayerName', FUNCTION_NAME_LIMIT)}:1`),
    attributes: {},
  })),
  declared('AWS::Lambda::Version', (identity) => ({
    ref: `${functionArn(functionOf(identity))}:1`,
    attributes: { Version: '1', FunctionArn: `${functionArn(functionOf(identity))}:1` },
  })),
  declared('AWS::Lambda::Alias', (identity) => {
    const arn = `${functionArn(functionOf(identity))}:${identity.resolve(identity.properties.Name)}`;
    return { ref: arn, attributes: { AliasArn: arn } };
  }),
];
