/** The key or version that was asked for does not exist. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  constructor(bucket: string, key: string) {
    super(`no object s3://${bucket}/${key}`);
  }
}

/** A pending upload that can never be completed: it is gone, or the store holds other bytes than its writer summed. */
export class DamagedUploadError extends Error {
  override readonly name = 'DamagedUploadError';
  constructor(key: string, reason: string) {
    super(`the upload of ${key} cannot be completed: ${reason}`);
  }
}

/** Batch took no job: it asked for patience, or will never take this one. Any other error of a submission leaves open what became of it. */
export class NotSubmittedError extends Error {
  override readonly name = 'NotSubmittedError';
  constructor(
    readonly because: 'throttled' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

/** Name or code of whatever an SDK call threw. */
export const errorName = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '');
