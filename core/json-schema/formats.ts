import type { JsonType } from './keywords';

/** A format: where it is defined, and what is particular about it here. */
export interface Format {
  readonly types: readonly JsonType[];
  /** Whether SQL checks it as records are read, or the validator does before; `always` holds for every value. */
  readonly by: 'expression' | 'validator' | 'always';
  readonly means: string;
}

const text = (by: Format['by'], means: string): Format => ({ types: ['string'], by, means });
const number = (by: Format['by'], means: string): Format => ({ types: ['number', 'integer'], by, means });

/** The formats of ajv-formats in its mode `full`, which all are checked. `docs/schemas.md` is written from it. */
export const FORMATS = {
  date: text('expression', 'a day that there is, `2024-02-29`; the column is a DATE'),
  'date-time': text(
    'expression',
    'a moment as a TIMESTAMP is read: `2024-02-29T12:30:00Z`, with an offset, or without one, which is UTC: `2024-02-29 12:30`. No leap second, which no TIMESTAMP holds; T and Z are capital letters',
  ),
  time: text('validator', 'a time with an offset, `12:30:00Z`; a leap second is one at 23:59:60 UTC'),
  'iso-time': text('validator', 'a time, with an offset or without'),
  'iso-date-time': text('validator', 'a day and a time with seconds, with an offset or without; the column is text'),
  duration: text('expression', '`P1DT12H`, `P1W`: whole numbers'),
  email: text('expression', 'an address in ASCII'),
  hostname: text('expression', 'a name of up to 253 characters, in ASCII'),
  ipv4: text('expression', '`192.0.2.1`'),
  ipv6: text('expression', '`2001:db8::1`, without a zone'),
  uri: text('expression', 'with a scheme: `https://example.com/`'),
  'uri-reference': text('expression', 'a URI, or a path, a query or a fragment'),
  'uri-template': text('expression', 'RFC 6570'),
  url: text('expression', 'of http, https or ftp, not at a private address'),
  uuid: text('expression', 'in letters of either case, with `urn:uuid:` before it or without'),
  'json-pointer': text('expression', '`/a/0`'),
  'json-pointer-uri-fragment': text('expression', '`#/a/0`'),
  'relative-json-pointer': text('expression', '`1/a`'),
  regex: text('validator', 'a regular expression of JavaScript'),
  byte: text('validator', 'base64; of several lines one is enough'),
  int32: number('expression', 'a whole number of 32 bits; in output the column is an INTEGER'),
  int64: number('expression', 'a whole number'),
  float: number('always', 'any number; in output the column is a FLOAT'),
  double: number('always', 'any number'),
  password: text('always', 'any text'),
  binary: text('always', 'any text'),
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;
const TABLE: ReadonlyMap<string, Format> = new Map(Object.entries(FORMATS));

export const formatOf = (name: string): Format | undefined => TABLE.get(name);
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];
