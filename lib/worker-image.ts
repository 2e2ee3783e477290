import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allow } from './permissions';

export type Architecture = 'arm64' | 'x86_64';

const PLATFORMS: Readonly<Record<Architecture, Platform>> = { arm64: Platform.LINUX_ARM64, x86_64: Platform.LINUX_AMD64 };

export interface WorkerImageProps {
  /** Build context made by `bundleWorker`. */
  readonly folder: string;
  readonly architecture: Architecture;
}

/** The worker as a container image; its tag is the hash of everything in the build context. Synth needs no Docker, deploy does. */
export class WorkerImage extends Construct {
  readonly uri: string;
  private readonly asset: DockerImageAsset;

  constructor(scope: Construct, id: string, { folder, architecture }: WorkerImageProps) {
    super(scope, id);
    this.asset = new DockerImageAsset(this, 'Image', { directory: folder, platform: PLATFORMS[architecture] });
    this.uri = this.asset.imageUri;
  }

  /** Lets an execution role pull this image and no other. */
  allowPull(role: Role): void {
    allow(
      role,
      {
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
        resources: [this.asset.repository.repositoryArn],
      },
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'], because: 'registry log-in has no resource-level permissions' },
    );
  }
}
