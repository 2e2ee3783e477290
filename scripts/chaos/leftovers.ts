import { ListMultipartUploadsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { type ExecutionStatus, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { closingName } from '../../core/submit/execution-names';
import type { ChaosCloud } from './cloud';
import type { Redrives } from './redrives';
import type { JudgedRun } from './soak';
import { runCollector } from './upkeep';

/** Names of the executions with a status, or of all. */
async function executions({ clients, stateMachineArn }: ChaosCloud, statusFilter?: ExecutionStatus): Promise<readonly string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await clients.sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter, nextToken, maxResults: 1000 }));
    names.push(...(page.executions ?? []).map(({ name = '' }) => name));
    nextToken = page.nextToken;
  } while (nextToken);
  return names;
}

async function pendingUploads({ clients, buckets }: ChaosCloud): Promise<readonly string[]> {
  const keys: string[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker) {
    const page: Awaited<ReturnType<typeof listUploads>> = await listUploads({ clients, buckets }, marker);
    keys.push(...(page.Uploads ?? []).map(({ Key = '' }) => Key));
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
  return keys;
}

const listUploads = ({ clients, buckets }: Pick<ChaosCloud, 'clients' | 'buckets'>, marker: object) =>
  clients.s3.send(new ListMultipartUploadsCommand({ Bucket: buckets.output, ...marker }));

/** Keys of the output bucket that were written more than once, or deleted. */
async function rewritten({ clients, buckets }: ChaosCloud): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const page: Awaited<ReturnType<typeof listVersions>> = await listVersions({ clients, buckets }, marker);
    for (const { Key = '' } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) counts.set(Key, (counts.get(Key) ?? 0) + 1);
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return [...counts].filter(([, count]) => count > 1).map(([key]) => key);
}

const listVersions = ({ clients, buckets }: Pick<ChaosCloud, 'clients' | 'buckets'>, marker: object) =>
  clients.s3.send(new ListObjectVersionsCommand({ Bucket: buckets.output, ...marker }));

export interface Leftovers {
  /** Pending uploads that the collector aborted: left by workers that died or came too late. */
  readonly collectedUploads: number;
  readonly violations: readonly string[];
}

/** What is left when all runs have ended, failed ones were redriven, and the collector has worked. */
export async function leftoversOf(cloud: ChaosCloud, judged: readonly JudgedRun[], { redriven }: Redrives): Promise<Leftovers> {
  const { uploads } = await runCollector(cloud);
  const pending = await pendingUploads(cloud);
  const open = await executions(cloud, 'RUNNING');
  const closings = judged.map(({ drop }) => closingName(drop.runId).replace(/\d+$/, ''));
  const all = (await executions(cloud)).filter((name) => !closings.some((closing) => name.startsWith(closing)));
  const expected = judged.length + redriven;
  const twice = await rewritten(cloud);
  return {
    collectedUploads: uploads,
    violations: [
      ...pending.map((key) => `an upload of ${key} is pending after collection`),
      ...open.map((name) => `the execution ${name} is open`),
      ...(all.length === expected ? [] : [`${all.length} executions for ${judged.length} files and ${redriven} redrives`]),
      ...twice.map((key) => `${key} was written more than once`),
    ],
  };
}
