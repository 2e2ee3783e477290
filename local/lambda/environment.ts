import { devNull } from 'node:os';
import { type Kernel, REGION } from '../kernel/types';
import type { FunctionDefinition } from './definition';

/** A function's whole environment: the template's variables, its role's credentials, and what Lambda itself sets. */
export function environmentOf(definition: FunctionDefinition, logStream: string, kernel: Kernel): Readonly<Record<string, string>> {
  return {
    ...definition.environment,
    ...kernel.environmentFor(definition.roleArn),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    LAMBDA_TASK_ROOT: definition.root,
    _HANDLER: definition.handler,
    TZ: ':UTC',
    // Without these the SDK would look into the home folder of whoever runs this machine.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
