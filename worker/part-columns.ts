import type { PartColumns } from '../core/contracts';
import type { Output } from '../core/spec/sections/output';
import { fingerprintColumns } from '../core/work/part-columns';
import { ConfigFailure } from './failures';
import type { PartFile } from './work';

/** What all parts of a chunk hold; undefined where there is none or nobody knows. Fails when that is not one set of columns, or not the one that is wanted. */
export function columnsOfParts(parts: readonly PartFile[], output: Output, wanted?: PartColumns): PartColumns | undefined {
  const found = parts.flatMap(({ columns }) => (columns ? [fingerprintColumns(columns, output)] : []));
  const [first] = found;
  const other = found.find(({ digest }) => digest !== first?.digest);
  if (first && other) {
    throw new ConfigFailure(
      `the parts of one chunk have different columns: ${first.shown} and ${other.shown}`,
      'name all columns with their types in output.schema',
    );
  }
  if (first && wanted && first.digest !== wanted.digest) {
    throw new ConfigFailure(
      `the parts have the columns ${first.shown}, but those that the run has committed before have ${wanted.shown}`,
      'give the processor the columns and types that it had, and redrive; or run the files again with --again',
    );
  }
  return first;
}
