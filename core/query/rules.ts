import type { Catalogue } from './catalogue';
import type { QueryFinding } from './finding';
import type { Tree } from './tree';

/** Where the rows of a relation come from: one by one from `input`, or from lookups and constants, and then they are the same for a whole run. */
export type Kind = 'records' | 'constant';

/** Tables that may be named, by their names in lower case. */
export type Scope = ReadonlyMap<string, { readonly kind: Kind; readonly isInput?: boolean }>;

export interface QueryRules {
  readonly catalogue: Catalogue;
  /** The tables that the query may read. */
  readonly tables: Scope;
  /** Names of columns, as far as they are known. @default none */
  readonly columns?: readonly string[];
}

/** What the syntax of a query says about it. */
export interface Judgement {
  readonly findings: readonly QueryFinding[];
  /** The kind of every query and table within the query. */
  readonly kinds: ReadonlyMap<Tree, Kind>;
  /** The places at which the query names `input` itself. */
  readonly inputs: ReadonlySet<Tree>;
  /** Whether a record may become more than one row. */
  readonly multiplies: boolean;
}

/** Where an expression or a table stands. */
export interface Place {
  readonly kind: Kind;
  readonly scope: Scope;
  /** Names of the records' tables around the query. */
  readonly outer: ReadonlySet<string>;
  /** The same for a sub-query that stands here. @default outer */
  readonly around?: ReadonlySet<string>;
}
