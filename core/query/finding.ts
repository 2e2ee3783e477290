/** Why a query is refused. */
export interface QueryFinding {
  /** What was found, as SQL calls it. */
  readonly construct: string;
  /** Byte offset in the query's text. */
  readonly offset?: number;
  readonly why: string;
  /** What to write in its place. */
  readonly instead: string;
}

/** One line for people. */
export const explainFinding = ({ construct, why, instead }: QueryFinding): string => `${construct} ${why}: ${instead}`;

type Reason = Pick<QueryFinding, 'why' | 'instead'>;

const PER_CHUNK = 'a query is run on one chunk at a time';

/** Reasons by what they are about; each is told with the construct before it. */
export const REASONS = {
  aggregate: {
    why: `would be computed for each chunk by itself, as ${PER_CHUNK}`,
    instead: 'treat each record by itself and aggregate the published rows, or aggregate a lookup in a sub-query of its own',
  },
  window: {
    why: `looks at other records, and ${PER_CHUNK}`,
    instead: 'treat each record by itself, and rank or number the published rows',
  },
  distinct: {
    why: `would compare the records of one chunk only, as ${PER_CHUNK}`,
    instead: 'leave it out; a quality rule with unique finds keys that are there twice in the whole run',
  },
  limit: {
    why: `would count the rows of each chunk anew, as ${PER_CHUNK}`,
    instead: 'take LIMIT out of it, and select records by a condition on their own columns',
  },
  order: {
    why: `would sort each chunk by itself, as ${PER_CHUNK}`,
    instead: 'leave it out: rows keep the order of their records, and whoever reads them may sort',
  },
  setOperation: {
    why: 'reads its input more than once or compares records with each other, so a row would belong to no one record',
    instead: 'select with CASE and WHERE what each record becomes; of lookups alone it may be made in a sub-query',
  },
  sample: { why: 'takes other rows each time', instead: 'select by a value of the record, such as hash(id) % 100 < 10' },
  subquery: {
    why: `would see the records of one chunk only, as ${PER_CHUNK}`,
    instead: 'compare with a lookup, or with values that the record holds',
  },
  selfJoin: {
    why: `would find partners in the same chunk only, as ${PER_CHUNK}`,
    instead: 'join with a lookup; what belongs to a record must stand in it',
  },
  outerJoin: {
    why: 'gives rows that belong to no record, and gives them again in each chunk',
    instead: 'write `FROM input LEFT JOIN …`, or an INNER join',
  },
  noInput: { why: 'would publish the same rows for every chunk', instead: 'select FROM input' },
  changing: { why: '', instead: 'take what it answers from a column of the record or from a lookup' },
  foreign: {
    why: 'is neither `input` nor a lookup of the spec, and a query reads nothing else',
    instead: 'name the table in process.lookups',
  },
  recursion: { why: 'goes over its own rows again', instead: 'treat each record by itself; over lookups alone it is allowed' },
  pivot: {
    why: 'makes rows of columns or columns of rows, for each chunk by itself',
    instead: 'name the columns with CASE, or pivot the published rows',
  },
  noFunction: { why: 'is not one of DuckDB', instead: 'look for its name in the documentation of DuckDB' },
  unknown: { why: 'is not known to treat each record by itself', instead: 'write the query without it' },
} as const satisfies Readonly<Record<string, Reason>>;
