import { REGION } from '../kernel/types';
import { allowBucket, allowService } from './access';
import { bucketOf, type Call, type Reply } from './call';
import { OWNER } from './listing';
import { document, elements } from './xml';

export function listBuckets(call: Call): Reply {
  allowService(call, 's3:ListAllMyBuckets');
  const buckets = [...call.buckets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const bucketElements = buckets.map(({ name, state }) =>
    elements({ Name: name, CreationDate: new Date(state.createdMs).toISOString(), BucketRegion: REGION }),
  );
  return { xml: document('ListAllMyBucketsResult', { Buckets: elements({ Bucket: bucketElements }), Owner: OWNER }) };
}

export function headBucket(call: Call): Reply {
  bucketOf(call);
  allowBucket(call, 's3:ListBucket');
  return { headers: { 'x-amz-bucket-region': REGION, 'x-amz-access-point-alias': 'false' } };
}

/** us-east-1 is the region without a name. */
export function getBucketLocation(call: Call): Reply {
  bucketOf(call);
  allowBucket(call, 's3:GetBucketLocation');
  return { xml: document('LocationConstraint', {}) };
}

export function getBucketVersioning(call: Call): Reply {
  const { versioned } = bucketOf(call);
  allowBucket(call, 's3:GetBucketVersioning');
  return { xml: document('VersioningConfiguration', { Status: versioned ? 'Enabled' : undefined }) };
}
