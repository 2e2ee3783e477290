import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ObjectRef } from '../../core/contracts';
import { credentialsOf, type PlainRequest, signedFetch } from '../../test/support/signed-fetch';
import type { ChaosCloud } from './cloud';

async function lambda(cloud: ChaosCloud, path: string, init: Omit<PlainRequest, 'url'> = {}): Promise<unknown> {
  const request = { ...init, url: `${cloud.endpoint}/2015-03-31/functions${path}` };
  const answer = await signedFetch(request, { environment: cloud.environment, service: 'lambda' });
  if (!answer.ok || answer.headers.has('x-amz-function-error')) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Runs the collector now, which its schedule does once a day. */
export async function runCollector(cloud: ChaosCloud): Promise<{ readonly uploads: number }> {
  const { Functions } = (await lambda(cloud, '/')) as { readonly Functions: readonly { readonly FunctionName: string }[] };
  const collector = Functions.find(({ FunctionName }) => /Collect/.test(FunctionName));
  if (!collector) throw new Error('the deployment has no collector');
  return (await lambda(cloud, `/${collector.FunctionName}/invocations`, { method: 'POST', body: '{}' })) as { readonly uploads: number };
}

/** Asks for a sweep, as its schedule does every 15 minutes. */
export const requestSweep = (cloud: ChaosCloud): Promise<void> => send(cloud, 'Sweep Requested', { request: 'chaos' });

/** Asks for a run over these objects, as a person does by hand. */
export const requestRun = (cloud: ChaosCloud, job: string, objects: readonly ObjectRef[]): Promise<void> =>
  send(cloud, 'Run Requested', { job, objects });

async function send({ endpoint, environment }: ChaosCloud, detailType: string, detail: object): Promise<void> {
  const events = new EventBridgeClient({ endpoint, region: 'us-east-1', credentials: credentialsOf(environment) });
  try {
    await events.send(
      new PutEventsCommand({ Entries: [{ Source: 'batchwright', DetailType: detailType, Detail: JSON.stringify(detail) }] }),
    );
  } finally {
    events.destroy();
  }
}
