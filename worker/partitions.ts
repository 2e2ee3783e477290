import { ConfigFailure } from './failures';

/** Every partition is an upload and a file for readers; thousands of them in one chunk are a mistake in the choice of columns. */
export const tooManyPartitions = (columns: readonly string[], most: number): ConfigFailure =>
  new ConfigFailure(
    `a chunk has more than ${most} partitions by ${columns.join(', ')}, allowed: ${most} (output.maxPartitions)`,
    'partition by columns with fewer values, or raise output.maxPartitions',
  );
