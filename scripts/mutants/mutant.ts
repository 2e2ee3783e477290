/** A change of the sources that brings a fault back, and the fast tests that must notice it. */
export interface SuiteMutant {
  readonly name: string;
  /** Number of the fault's class: mutants of one class have the same. */
  readonly hole: number;
  /** Each `from` occurs exactly once in its file. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** Path patterns for jest; one failing test is enough. */
  readonly tests: readonly string[];
}
