import { ListMultipartUploadsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { type ExecutionStatus, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import type { ChaosCloud } from './cloud';
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

interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

async function pendingUploads({ clients, buckets }: ChaosCloud): Promise<readonly Upload[]> {
  const uploads: Upload[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker) {
    const page: Awaited<ReturnType<typeof listUploads>> = await listUploads({ clients, buckets }, marker);
    uploads.push(...(page.Uploads ?? []).map(({ Key = '', UploadId = '' }) => ({ key: Key, uploadId: UploadId })));
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
  return uploads;
}

const listUploads = ({ clients, buckets }: Pick<ChaosCloud, 'clients' | 'buckets'>, marker: object) =>
  clients.s3.send(new ListMultipartUploadsCommand({ Bucket: buckets.output, ...marker }));

const runOf = ({ key }: Upload): string => key.split('/')[1] ?? '';

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
  /** Pending uploads of failed runs, which can still be redriven. */
  readonly keptUploads: number;
  readonly violations: readonly string[];
}

/** What is left when all runs have ended and the collector has worked. */
export async function leftoversOf(cloud: ChaosCloud, judged: readonly JudgedRun[]): Promise<Leftovers> {
  const { uploads } = await runCollector(cloud);
  const pending = await pendingUploads(cloud);
  const failed = new Set(judged.filter(({ outcome }) => outcome === 'failed').map(({ drop }) => drop.runId));
  const stray = pending.filter((upload) => !failed.has(runOf(upload)));
  const open = await executions(cloud, 'RUNNING');
  const all = await executions(cloud);
  const twice = await rewritten(cloud);
  return {
    collectedUploads: uploads,
    keptUploads: pending.length - stray.length,
    violations: [
      ...stray.map(({ key }) => `an upload of ${key} is pending after collection`),
      ...open.map((name) => `the execution ${name} is open`),
      ...(all.length === judged.length ? [] : [`${all.length} executions for ${judged.length} files`]),
      ...twice.map((key) => `${key} was written more than once`),
    ],
  };
}
