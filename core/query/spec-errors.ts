import { readDocument } from '../spec/document';
import { formatPath, type SpecError } from '../spec/load';
import { explainFinding, type QueryFinding } from './finding';

/** What was found in a query of a spec. */
export interface FoundInSpec {
  /** Of the query in the spec. */
  readonly path: readonly (string | number)[];
  readonly finding: QueryFinding;
}

/** Findings as errors of a spec's file, at the line and column at which the query names what is wrong. */
export function queryErrors(file: string, text: string, found: readonly FoundInSpec[]): readonly SpecError[] {
  const document = readDocument(text);
  return found.map(({ path, finding }) => ({
    file,
    ...(finding.offset === undefined ? document.at(path) : document.within(path, finding.offset)),
    path: formatPath(path),
    message: explainFinding(finding),
  }));
}
