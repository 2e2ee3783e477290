import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InvocationFaults } from '../../../local/kernel/disturbances';
import type { DeployedResource, FunctionInvoker, LogSink, Service } from '../../../local/kernel/types';
import { createLambda } from '../../../local/lambda';
import { createSqs } from '../../../local/sqs';
import { aKernel, deploy, type TestKernel } from '../../support/messaging-kernel';

export const ROLE = 'arn:aws:iam::000000000000:role/worker';
export const CALLER = { kind: 'role', arn: 'arn:aws:iam::000000000000:role/caller' } as const;

interface FunctionWish {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly logicalId?: string;
  readonly file?: string;
}

export interface Bench {
  readonly kernel: TestKernel;
  readonly lambda: Service & FunctionInvoker;
  readonly sqs: ReturnType<typeof createSqs>;
  readonly lines: string[];
  /** Deploys a function whose module is `source`. */
  aFunction(source: string, wish?: FunctionWish): Promise<DeployedResource>;
  close(): Promise<void>;
}

export async function aBench(faultsIn?: (stateDir: string) => InvocationFaults): Promise<Bench> {
  const kernel = await aKernel();
  const lines: string[] = [];
  const logs: LogSink = { write: (group, _stream, line) => void lines.push(`${group} ${line}`) };
  const sqs = createSqs(kernel);
  const lambda = createLambda(kernel, logs, sqs, faultsIn?.(kernel.stateDir));
  kernel.serve(sqs, lambda);
  const folders: string[] = [];
  return {
    kernel,
    lambda,
    sqs,
    lines,
    aFunction: (source, { properties = {}, logicalId = 'Step', file = 'index.js' } = {}) => {
      const folder = mkdtempSync(join(tmpdir(), 'batchwright-code-'));
      folders.push(folder);
      writeFileSync(join(folder, file), source);
      return deploy(lambda, 'AWS::Lambda::Function', {
        logicalId,
        assets: { 'code.zip': folder },
        properties: {
          Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
          Handler: 'index.handler',
          Runtime: 'nodejs22.x',
          Role: ROLE,
          Timeout: 10,
          ...properties,
        },
      });
    },
    close: async () => {
      await kernel.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}
