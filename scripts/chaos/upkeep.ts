import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { ChaosCloud } from './cloud';

/** What any signature must name; the local cloud reads it and verifies nothing. */
const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=admin/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0';

async function lambda(cloud: ChaosCloud, path: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(`${cloud.endpoint}/2015-03-31/functions${path}`, { ...init, headers: { authorization: AUTHORIZATION } });
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
export async function requestSweep(cloud: ChaosCloud): Promise<void> {
  const credentials = { accessKeyId: 'admin', secretAccessKey: 'admin' };
  const events = new EventBridgeClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials });
  const entry = { Source: 'batchwright', DetailType: 'Sweep Requested', Detail: JSON.stringify({ request: 'chaos' }) };
  try {
    await events.send(new PutEventsCommand({ Entries: [entry] }));
  } finally {
    events.destroy();
  }
}
