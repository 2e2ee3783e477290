import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { OpenMark } from '../../core/contracts';
import { openKey, openPrefix } from '../../core/keys';
import { findJson } from '../json';
import type { OpenRuns } from '../ports';
import { clientOptions } from './client-options';
import { createObjectStore } from './object-store';

/** Marks of open executions as objects of the state bucket; they are no part of the ledger and may be deleted. */
export function createOpenRuns(bucket: string, s3 = new S3Client(clientOptions())): OpenRuns {
  const store = createObjectStore(bucket, s3);
  return {
    async add(mark) {
      const body = JSON.stringify(mark);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: openKey(mark.execution), Body: body }));
    },
    async *list() {
      for await (const { key } of store.list(openPrefix)) {
        // Gone when the execution ended meanwhile.
        const mark = await findJson(store, key, OpenMark);
        if (mark) yield mark;
      }
    },
    async forget(execution) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: openKey(execution) }));
    },
  };
}
