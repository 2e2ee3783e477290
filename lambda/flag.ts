import { z } from 'zod';
import { createJson, readJson } from '../adapters/json';
import { DeployedJobs, type Unclaimed } from '../core/contracts';
import { jobsKey, unclaimedKey, unclaimedPrefixOf } from '../core/keys';
import { folderOf, isClaimed, isInventoryFile } from '../core/operate/unclaimed';
import { isFolderMark } from '../core/plan/source-objects';
import { claimHash, digest } from '../core/run-id';
import { REQUESTS_PREFIX } from '../core/spec/prefixes';
import { type Deps, toHandler } from './runtime';

/** An "Object Created" event of the input bucket. */
export const FlagInput = z.object({
  time: z.iso.datetime(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), 'version-id': z.string().default('null'), size: z.number().optional() }),
  }),
});
type FlagInput = z.infer<typeof FlagInput>;
type FlagDeps = Pick<Deps, 'state' | 'notices' | 'log'>;

/** What the system itself, S3 Inventory and consoles put into the input bucket. */
const isOwn = ({ bucket, object }: FlagInput['detail']): boolean =>
  object.key.startsWith(REQUESTS_PREFIX) || isInventoryFile(object.key, bucket.name) || isFolderMark(object);

/** Writes down a dropped file that no job takes, and tells people of the first one in its folder on a day. */
export async function flag({ time, detail }: FlagInput, deps: FlagDeps): Promise<{ readonly claimed: boolean }> {
  const { key, 'version-id': versionId } = detail.object;
  const { jobs } = await readJson(deps.state, jobsKey, DeployedJobs);
  if (isOwn(detail) || isClaimed(key, jobs)) return { claimed: true };
  const object = { bucket: detail.bucket.name, key, versionId };
  const record: Unclaimed = { schema: 'unclaimed.v1', at: time, object };
  const folder = digest(folderOf(key));
  // Told first: a notice that comes twice is better than none.
  if (await isFirst(unclaimedPrefixOf(new Date(time), folder), deps)) await tell(record, jobs, deps);
  await createJson(deps.state, unclaimedKey(new Date(time), folder, claimHash(object)), record);
  deps.log.info('file of no job', { key, versionId });
  return { claimed: false };
}

async function isFirst(prefix: string, { state }: FlagDeps): Promise<boolean> {
  for await (const _ of state.list(prefix)) return false;
  return true;
}

/** Enough to see what was meant. */
const PREFIXES_TOLD = 20;

async function tell({ object }: Unclaimed, jobs: DeployedJobs['jobs'], { notices }: FlagDeps): Promise<void> {
  const prefixes = jobs.slice(0, PREFIXES_TOLD).map(({ name, prefix }) => `${prefix} (${name})`);
  const more = jobs.length > PREFIXES_TOLD ? ` and ${jobs.length - PREFIXES_TOLD} more` : '';
  await notices.send(
    'a file belongs to no job',
    `s3://${object.bucket}/${object.key} was dropped and is below the input.prefix of no job, so nothing processes it.\n` +
      `jobs read: ${prefixes.length > 0 ? prefixes.join(', ') : 'none are deployed'}${more}\n` +
      `Drop it below one of these, or deploy a job for it. Other files below ${folderOf(object.key)} are noted today without a notice: batchwright sweep shows them.`,
  );
}

export const handler = toHandler(FlagInput, flag);
