/** The drafts whose keywords are known; each begins with its `$schema`. */
export const DIALECTS = {
  'draft-07': 'http://json-schema.org/draft-07/schema',
  '2019-09': 'https://json-schema.org/draft/2019-09/schema',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
} as const;
export type Dialect = keyof typeof DIALECTS;

export const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** What may stand as the value of a keyword. */
export type Holds =
  | 'anything'
  | 'text'
  | 'flag'
  | 'list'
  | 'number'
  | 'step'
  | 'count'
  | 'pattern'
  | 'format'
  | 'types'
  | 'values'
  | 'names'
  | 'names by name'
  | 'schema'
  | 'schemas'
  | 'schema by name'
  | 'schema by pattern'
  | 'reference'
  | 'dialect';

/**
 * Who checks a keyword of a column for a query. `expression`: SQL does, as the records are read. `validator`: the one that
 * modules and commands have, before the query sees the records, which is slower. `reading`: it says how columns are read.
 * `nobody`: it is for people and tools.
 */
export type CheckedBy = 'expression' | 'validator' | 'reading' | 'nobody';

export interface Keyword {
  readonly holds: Holds;
  /** Types of the values that it says something about. @default - all */
  readonly types?: readonly JsonType[];
  readonly by: CheckedBy;
  /** The first draft that has it. @default draft-07 */
  readonly since?: Dialect;
  /** Another keyword without which it would say nothing. */
  readonly beside?: readonly string[];
  readonly means: string;
}

const NUMBERS = ['number', 'integer'] as const;
const annotation = (holds: Holds, means: string): Keyword => ({ holds, by: 'nobody', means });
const ofNumbers = (holds: Holds, means: string): Keyword => ({ holds, types: NUMBERS, by: 'expression', means });
const ofTexts = (holds: Holds, means: string): Keyword => ({ holds, types: ['string'], by: 'expression', means });
const ofArrays = (holds: Holds, means: string, more: Partial<Keyword> = {}): Keyword => ({
  ...{ holds, types: ['array'] as const, by: 'validator' as const, means },
  ...more,
});
const ofObjects = (holds: Holds, means: string, more: Partial<Keyword> = {}): Keyword => ({
  ...{ holds, types: ['object'] as const, by: 'validator' as const, means },
  ...more,
});
const ofAll = (holds: Holds, means: string, more: Partial<Keyword> = {}): Keyword => ({ holds, by: 'validator', means, ...more });

/** Every keyword of JSON Schema that is supported; all others are refused. `docs/schemas.md` is written from it. */
export const KEYWORDS = {
  $schema: { holds: 'dialect', by: 'reading', means: 'the draft; 2020-12 where it is left out' },
  $id: annotation('text', 'a name for the schema'),
  $comment: annotation('text', 'a note'),
  title: annotation('text', 'a name for people'),
  description: annotation('text', 'what it is, for people'),
  default: annotation('anything', 'for people: nothing is filled in'),
  examples: annotation('list', 'for people'),
  deprecated: annotation('flag', 'for people'),
  readOnly: annotation('flag', 'for people'),
  writeOnly: annotation('flag', 'for people'),
  type: ofAll('types', 'the value is of the type, or of one of them', { by: 'reading' }),
  format: { holds: 'format', types: ['string', ...NUMBERS], by: 'expression', means: 'the value is of the form: see formats' },
  enum: ofAll('values', 'the value is one of these; numbers are equal by their value: 1 is 1.0', { by: 'expression' }),
  const: ofAll('anything', 'the value is this', { by: 'expression' }),
  minimum: ofNumbers('number', 'the number is this or more'),
  maximum: ofNumbers('number', 'the number is this or less'),
  exclusiveMinimum: ofNumbers('number', 'the number is more'),
  exclusiveMaximum: ofNumbers('number', 'the number is less'),
  multipleOf: ofNumbers('step', 'the number is a multiple, to a hundred millionth of the step: 0.3 is one of 0.1'),
  minLength: ofTexts('count', 'the text has as many code points or more'),
  maxLength: ofTexts('count', 'the text has as many code points or fewer'),
  pattern: ofTexts('pattern', 'a part of the text matches: see patterns'),
  properties: ofObjects('schema by name', 'the columns, or the keys of an object', { by: 'reading' }),
  required: ofObjects('names', 'columns that are there and not null, or keys that are there', { by: 'reading' }),
  additionalProperties: ofObjects('schema', 'what other columns or keys hold; false: there are none', { by: 'expression' }),
  patternProperties: ofObjects('schema by pattern', 'what keys hold that match'),
  propertyNames: ofObjects('schema', 'what keys are called'),
  minProperties: ofObjects('count', 'the object has as many keys or more'),
  maxProperties: ofObjects('count', 'the object has as many keys or fewer'),
  dependentRequired: ofObjects('names by name', 'keys that are there when another one is', { since: '2019-09' }),
  dependentSchemas: ofObjects('schema by name', 'what holds when a key is there', { since: '2019-09' }),
  unevaluatedProperties: ofObjects('schema', 'what keys hold that no other keyword looked at', { since: '2019-09' }),
  items: ofArrays('schema', 'what the items hold'),
  prefixItems: ofArrays('schemas', 'what the first items hold', { since: '2020-12' }),
  minItems: ofArrays('count', 'the array has as many items or more'),
  maxItems: ofArrays('count', 'the array has as many items or fewer'),
  uniqueItems: ofArrays('flag', 'no two items are equal'),
  contains: ofArrays('schema', 'what at least one item holds'),
  minContains: ofArrays('count', 'how many items hold it at least', { since: '2019-09', beside: ['contains'] }),
  maxContains: ofArrays('count', 'how many items hold it at most', { since: '2019-09', beside: ['contains'] }),
  unevaluatedItems: ofArrays('schema', 'what items hold that no other keyword looked at', { since: '2019-09' }),
  allOf: ofAll('schemas', 'all of these hold'),
  anyOf: ofAll('schemas', 'one of these holds, or several'),
  oneOf: ofAll('schemas', 'exactly one of these holds'),
  not: ofAll('schema', 'this does not hold'),
  if: ofAll('schema', 'whether then or else holds', { beside: ['then', 'else'] }),
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: ofAll('schema', 'what holds where if does', { beside: ['if'] }),
  else: ofAll('schema', 'what holds where if does not', { beside: ['if'] }),
  $ref: ofAll('reference', 'what holds is defined at #, #/$defs/… or #/definitions/…'),
  $defs: { holds: 'schema by name', by: 'nobody', since: '2019-09', means: 'schemas to refer to' },
  definitions: { holds: 'schema by name', by: 'nobody', means: 'schemas to refer to' },
} as const satisfies Readonly<Record<string, Keyword>>;

export type KeywordName = keyof typeof KEYWORDS;
const TABLE: ReadonlyMap<string, Keyword> = new Map(Object.entries(KEYWORDS));
const ORDER = Object.keys(DIALECTS);

/** A keyword by its name, as far as a draft has it. */
export function keywordOf(name: string, dialect: Dialect = '2020-12'): Keyword | undefined {
  const keyword = TABLE.get(name);
  return keyword && ORDER.indexOf(keyword.since ?? 'draft-07') <= ORDER.indexOf(dialect) ? keyword : undefined;
}

export const keywordNames = (dialect: Dialect): readonly string[] => [...TABLE.keys()].filter((name) => keywordOf(name, dialect));

/** Whether a keyword is for people and tools only. */
export const isAnnotation = (name: string): boolean => TABLE.get(name)?.by === 'nobody' && !['$defs', 'definitions'].includes(name);

/** What to write in place of a keyword that is not supported. */
export const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['nullable', 'write "type": ["string", "null"]'],
  ['dependencies', 'write dependentRequired or dependentSchemas'],
  ['additionalItems', 'write items, beside prefixItems'],
  ['id', 'write $id'],
  ['$anchor', 'refer to #/$defs/…'],
  ['$dynamicRef', 'write $ref'],
  ['$recursiveRef', 'write $ref'],
]);
