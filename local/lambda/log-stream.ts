import { randomUUID } from 'node:crypto';
import { AccessDeniedError } from '../kernel/errors';
import type { Kernel, LogSink } from '../kernel/types';
import { arnOf } from '../messaging/names';
import type { FunctionDefinition } from './definition';

/** A thread's log stream, written with the function's own rights: a role that may not log leaves no lines, as on AWS. */
export class LogStream {
  readonly name: string;
  private readonly allowed: boolean;

  constructor(
    private readonly definition: FunctionDefinition,
    private readonly logs: LogSink,
    kernel: Kernel,
  ) {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    this.name = `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
    this.allowed = mayLog(definition, this.name, kernel);
  }

  write(text: string): void {
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    if (this.allowed) this.logs.write(this.definition.logGroup, this.name, line);
  }
}

function mayLog({ name, roleArn, logGroup }: FunctionDefinition, stream: string, kernel: Kernel): boolean {
  const caller = { kind: 'role', arn: roleArn } as const;
  const group = arnOf('logs', `log-group:${logGroup}`);
  try {
    kernel.authorize({ caller, action: 'logs:CreateLogStream', resource: `${group}:log-stream:${stream}` });
    kernel.authorize({ caller, action: 'logs:PutLogEvents', resource: `${group}:log-stream:${stream}` });
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AccessDeniedError)) throw thrown;
    kernel.log(`${name} leaves no logs: ${thrown.message}`);
    return false;
  }
}
