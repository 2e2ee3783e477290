import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import { Journal } from '../kernel/journal';
import type { DeployedResource, ResourceProvider } from '../kernel/types';
import { physicalName } from '../messaging/names';
import { replaceMarkers } from './markers';
import { type UnzippedFile, unzip } from './unzip';

/** Where deployments write: the part of S3 that they need. */
export interface BucketContents {
  putObject(bucket: string, key: string, body: Buffer): unknown;
}

const flag = (byDefault: boolean) =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(byDefault);

const record = z.record(z.string(), z.unknown());
const ignored = z.unknown().optional();

const Properties = z.strictObject({
  ServiceToken: ignored,
  SourceBucketNames: z.array(z.string()),
  SourceObjectKeys: z.array(z.string()),
  SourceMarkers: z.array(record).default([]),
  SourceMarkersConfig: z.array(z.object({ jsonEscape: ignored, markerEncodings: z.record(z.string(), z.string()).optional() })).default([]),
  DestinationBucketName: z.string(),
  DestinationBucketKeyPrefix: z.string().default(''),
  DestinationBucketArn: z.string().optional(),
  Prune: flag(true),
  Extract: flag(true),
  // About what happens after a deletion, to CDNs, and to the answer that CloudFormation gets.
  RetainOnDelete: ignored,
  WaitForDistributionInvalidation: ignored,
  OutputObjectKeys: ignored,
  SignContent: ignored,
});
type Properties = z.infer<typeof Properties>;

function filesBelow(folder: string): readonly UnzippedFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => ({ name: name.split(path.sep).join('/'), body: readFileSync(path.join(folder, name)) }));
}

const readSource = (asset: string): readonly UnzippedFile[] =>
  statSync(asset).isDirectory() ? filesBelow(asset) : unzip(readFileSync(asset));

function propertiesOf({ stackName, logicalId, properties }: DeployedResource): Properties {
  const parsed = Properties.safeParse(properties);
  if (!parsed.success) throw new NotEmulatedError(`bucket deployment ${stackName}.${logicalId}: ${z.prettifyError(parsed.error)}, which`);
  if (!parsed.data.Extract) throw new NotEmulatedError(`bucket deployment ${stackName}.${logicalId} with extract: false`);
  if (parsed.data.Prune) throw new NotEmulatedError(`bucket deployment ${stackName}.${logicalId} with prune: true, CDK's default,`);
  return parsed.data;
}

/** `aws s3 sync` puts a slash after a prefix that has none; `/` alone means the whole bucket. */
function prefixOf({ DestinationBucketKeyPrefix: prefix }: Properties): string {
  if (prefix === '' || prefix === '/') return '';
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/** What the deployment wants in the bucket, by key; later sources win. */
function wanted(properties: Properties, { assetPath }: DeployedResource): ReadonlyMap<string, Buffer> {
  const prefix = prefixOf(properties);
  return new Map(
    properties.SourceObjectKeys.flatMap((source, index) => {
      const markers = properties.SourceMarkers[index] ?? {};
      const config = properties.SourceMarkersConfig[index] ?? {};
      return readSource(assetPath(source)).map(({ name, body }) => [`${prefix}${name}`, replaceMarkers(body, markers, config)] as const);
    }),
  );
}

interface Written {
  readonly bucket: string;
  readonly key: string;
  readonly sha256: string;
}

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Writes what this deployment has not yet written with this content, so that a restart makes no new versions. */
function write(
  { bucket, files }: { bucket: string; files: ReadonlyMap<string, Buffer> },
  journal: Journal<Written>,
  contents: BucketContents,
): void {
  const written = new Map(journal.read().map(({ bucket: where, key, sha256: digest }) => [`${where}/${key}`, digest]));
  for (const [key, body] of files) {
    if (written.get(`${bucket}/${key}`) === sha256(body)) continue;
    contents.putObject(bucket, key, body);
    journal.append({ bucket, key, sha256: sha256(body) });
  }
}

/** CDK's `BucketDeployment`, done here instead of by its Python function. */
export const bucketDeploymentProvider = (stateDir: string, contents: BucketContents): ResourceProvider => ({
  type: 'Custom::CDKBucketDeployment',
  identify: (identity) => {
    const arn = identity.resolve(identity.properties.DestinationBucketArn);
    return {
      ref: physicalName(identity, 128),
      attributes: Object.fromEntries(typeof arn === 'string' ? [['DestinationBucketArn', arn]] : []),
    };
  },
  create: async (resource) => {
    const properties = propertiesOf(resource);
    const deployment = { bucket: properties.DestinationBucketName, files: wanted(properties, resource) };
    const journal = new Journal<Written>(path.join(stateDir, 'deploy', `${resource.stackName}.${resource.logicalId}.jsonl`));
    write(deployment, journal, contents);
  },
});
