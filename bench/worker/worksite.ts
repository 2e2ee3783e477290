import { linkSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import type { PlannedObject } from '../../core/contracts';
import { dialectOf, parseHeader } from '../../core/records';
import { Input } from '../../core/spec/sections/input';
import { KIB } from '../../core/units';
import { readDockerfile } from '../../local/batch/dockerfile';
import { uploadPending } from '../../worker/upload';
import { bundleChildren, startServer } from '../plan/children';
import { measure, onOneCore, Worked } from './measure';
import { checksumOfFile, prepareRun, type RunOrder } from './prepare';
import { openStores, type Stores } from './stores';

/** Where the worker works on one object. */
export interface Worksite {
  /** One run of one task in a process with one core to itself. */
  work(order: Omit<RunOrder, 'object'>): Promise<Worked>;
  close(): Promise<void>;
}

const KEY = 'incoming/object';
/** Every header of the benchmarks ends before. */
const HEADER_BYTES = 4 * KIB;

interface Site {
  readonly folder: string;
  readonly stores: Stores;
  readonly object: PlannedObject;
  readonly environment: Readonly<Record<string, string>>;
}

/** The worker with S3 taken away: input and state are folders, output stays where it was made. `bundleSubjects` must have been called. */
export async function worksiteOnDisk(folder: string, file: string): Promise<Worksite> {
  const stores = openStores(folder, undefined);
  mkdirSync(path.join(folder, 'input', 'incoming'), { recursive: true });
  linkSync(file, path.join(folder, 'input', KEY));
  const object = await plannedObject(stores, file);
  const site = { folder, stores, object, environment: NO_ENDPOINT };
  return { work: (order) => work(site, order), close: async () => undefined };
}

/** The benchmark's own process has one. */
const NO_ENDPOINT = { AWS_ENDPOINT_URL: '' };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_REGION: 'us-east-1' };

/** The worker with the local S3 in a process of its own, over the wire and with the SDK. */
export async function worksiteOnS3(folder: string, file: string): Promise<Worksite> {
  await bundleChildren(folder);
  const server = await startServer(folder, 0);
  const environment = { ...CREDENTIALS, AWS_ENDPOINT_URL: server.endpoint, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  Object.assign(process.env, environment);
  const stores = openStores(folder, server.endpoint);
  await upload(file);
  const object = await plannedObject(stores, file);
  return { work: (order) => work({ folder, stores, object, environment }, order), close: async () => server.stop() };
}

async function upload(file: string): Promise<void> {
  const uploads = createPendingUploads('input');
  const signal = new AbortController().signal;
  const part = await uploadPending(uploads, { file, key: KEY, contentType: 'text/csv', rows: 0, signal });
  await uploads.complete({ ...part, checksum: part.checksum.value });
}

async function plannedObject({ input }: Stores, file: string): Promise<PlannedObject> {
  const head = await input.head(KEY);
  if (!head) throw new RangeError(`no object ${KEY} in ${input.bucket}`);
  const dialect = dialectOf(Input.parse({ prefix: 'incoming/', format: 'csv' }));
  const start = await input.read(KEY, { range: { start: 0, end: Math.min(HEADER_BYTES, statSync(file).size) } });
  const header = dialect && parseHeader(start, dialect);
  const { key, versionId, bytes, etag, checksum = await checksumOfFile(file) } = head;
  return { bucket: input.bucket, key, versionId, bytes, etag, checksum, ...(header && { header }) };
}

/** How the image tells Node to run the worker. */
function workerFlags(): readonly string[] {
  const { entrypoint } = readDockerfile(readFileSync(path.join('worker', 'Dockerfile'), 'utf8'));
  return entrypoint.slice(entrypoint.indexOf('node') + 1, -1);
}

async function work({ folder, stores, object, environment }: Site, order: Omit<RunOrder, 'object'>): Promise<Worked> {
  const runId = await prepareRun(stores, { ...order, object });
  const program = [process.execPath, ...workerFlags(), path.join(folder, 'one-task.js')];
  const command = [...program, folder, runId, order.jobsFolder ?? path.resolve('jobs')];
  return measure(Worked, { command: onOneCore(command), environment });
}
