import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createObjectStore } from '../../../adapters/aws/object-store';
import { createOpenRuns } from '../../../adapters/aws/open-runs';
import { createPendingUploads } from '../../../adapters/aws/pending-uploads';
import { startS3, type TestCloud, VERSIONED } from '../../local/s3/support';
import { describeObjectStore } from '../../support/object-store-contract';
import { describeOpenRuns } from '../../support/open-runs-contract';
import { describePendingUploads } from '../../support/pending-uploads-contract';

const BUCKET = 'contract';

/** The bucket over the wire, and the plain PUT of a user. */
function overTheWire(cloud: TestCloud) {
  const store = createObjectStore(BUCKET, cloud.client);
  const put = async (key: string, Body: Buffer) => {
    await cloud.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body, ChecksumAlgorithm: 'CRC32' }));
    const stored = await store.head(key);
    if (!stored) throw new Error(`${key} was not stored`);
    return stored;
  };
  return { store, put, stop: () => cloud.stop() };
}

describeObjectStore('S3', async () => overTheWire(await startS3({ [BUCKET]: VERSIONED })));

describePendingUploads('S3', async () => {
  const cloud = await startS3({ [BUCKET]: VERSIONED });
  return { uploads: createPendingUploads(BUCKET, cloud.client), ...overTheWire(cloud) };
});

describeOpenRuns('S3', async () => {
  const cloud = await startS3({ [BUCKET]: VERSIONED });
  return { open: createOpenRuns(BUCKET, cloud.client), stop: () => cloud.stop() };
});
