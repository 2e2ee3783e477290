import { Aws, Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** Actions on resources, with the reason for every `*` in a resource's name. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why a resource is named by a pattern.
   *  @default - no resource is */
  readonly because?: string;
}

/** S3 lists with the bucket as resource; without it S3 answers 403 instead of 404 for a key that does not exist. */
export const list = (bucket: IBucket): Permission => ({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });

/** Lists a bucket with the versions of its objects. */
export const listVersions = (bucket: IBucket): Permission => ({
  actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketVersioning'],
  resources: [bucket.bucketArn],
});

const objects = (bucket: IBucket, keys: readonly string[]): readonly string[] => keys.map((key) => bucket.arnForObjects(key));

const ONE_RUN_PER_KEY = 'keys hold the run id, which does not exist before the run does';

export const read = (bucket: IBucket, ...keys: readonly string[]): Permission => ({
  actions: ['s3:GetObject'],
  resources: objects(bucket, keys),
  because: ONE_RUN_PER_KEY,
});

/** Reads a version that a run has pinned. */
export const readVersions = (bucket: IBucket, ...keys: readonly string[]): Permission => ({
  actions: ['s3:GetObject', 's3:GetObjectVersion'],
  resources: objects(bucket, keys),
  because: 'which objects a run reads is known when they are dropped, not when this is deployed',
});

/** Reads exactly the objects that jobs name as lookups, in the version that a run has pinned. */
export const readLookups = (objects: readonly { readonly bucket: string; readonly key: string }[]): readonly Permission[] =>
  objects.length === 0
    ? []
    : [
        {
          actions: ['s3:GetObject', 's3:GetObjectVersion'],
          resources: [...new Set(objects.map(({ bucket, key }) => `arn:${Aws.PARTITION}:s3:::${bucket}/${key}`))],
        },
      ];

/** Writes new objects; the state bucket's own policy refuses to replace those of the ledger. */
export const create = (bucket: IBucket, ...keys: readonly string[]): Permission => ({
  actions: ['s3:PutObject'],
  resources: objects(bucket, keys),
  because: ONE_RUN_PER_KEY,
});

/** Deletes objects that are no part of the ledger. */
export const forget = (bucket: IBucket, ...keys: readonly string[]): Permission => ({
  actions: ['s3:DeleteObject'],
  resources: objects(bucket, keys),
  because: ONE_RUN_PER_KEY,
});

/** Forgets uploads in parts that are not to be completed. */
export const abortUploads = (bucket: IBucket, ...keys: readonly string[]): Permission => ({
  actions: ['s3:AbortMultipartUpload'],
  resources: objects(bucket, keys),
  because: ONE_RUN_PER_KEY,
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** A resolved ARN as cdk-nag spells it in the id of a finding. */
function spell(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return String(value);
  const join = value['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  if (join) return join[1].map(spell).join(join[0]);
  const attribute = value['Fn::GetAtt'] as readonly [string, string] | undefined;
  if (attribute) return `<${attribute.join('.')}>`;
  return typeof value.Ref === 'string' ? `<${value.Ref}>` : JSON.stringify(value);
}

/** Acknowledges the wildcard findings of these permissions, each by its full id and with its own reason. */
function acknowledge(role: Role, permissions: readonly Permission[]): void {
  for (const { resources, because } of permissions) {
    if (because === undefined) continue;
    const names = resources.map((resource) => spell(Stack.of(role).resolve(resource))).filter((name) => name.includes('*'));
    Validations.of(role).acknowledge(...names.map((name) => ({ id: `AwsSolutions-IAM5[Resource::${name}]`, reason: because })));
  }
}

/** Gives a role exactly these permissions. */
export function allow(role: Role, ...permissions: readonly Permission[]): void {
  for (const { actions, resources } of permissions) {
    role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
  }
  // References to other stacks have their final spelling only when the tree is validated.
  role.node.addValidation({
    validate: () => {
      acknowledge(role, permissions);
      return [];
    },
  });
}
