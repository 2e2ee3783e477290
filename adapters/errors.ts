/** The key or version that was asked for does not exist. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  constructor(bucket: string, key: string) {
    super(`no object s3://${bucket}/${key}`);
  }
}

/** Name or code of whatever an SDK call threw. */
export const errorName = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '');
