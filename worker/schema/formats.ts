import { fullFormats } from 'ajv-formats/dist/formats';
import type { FormatName } from '../../core/json-schema/formats';
import { translatePattern } from '../../core/json-schema/pattern/translate';
import { literal } from '../engine';
import type { ColumnKind } from './columns';
import { isDate, isTimestamp } from './moments';
import { compileRe2, type TextTest } from './pattern';

/** How the validator and SQL check one format. */
export interface FormatCheck {
  /** As ajv takes it. */
  readonly validate: RegExp | TextTest['test'] | { readonly type: 'number'; readonly validate: (value: number) => boolean } | true;
  /** SQL that is true of a value of the format. @default - SQL cannot tell */
  readonly sql?: (value: string, kind: ColumnKind) => string;
}

const matches = (value: string, re2: string): string => `regexp_matches(${value}, ${literal(re2)})`;

/** Made when it is first needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
const re2Of = (source: string, ignoreCase = false): (() => string) => once(() => translatePattern(source, { ignoreCase }).re2);

/** A format that is one pattern: the package's own, translated once. Without the flag `u`, only letters of ASCII are folded. */
function ofPattern(name: FormatName): FormatCheck {
  const pattern = fullFormats[name];
  if (!(pattern instanceof RegExp)) throw new TypeError(`the format ${name} is no pattern`);
  const re2 = re2Of(pattern.source, pattern.ignoreCase);
  return { validate: pattern, sql: (value) => matches(value, re2()) };
}

/** A format that only the package's own function tells. */
const ofFunction = (name: FormatName): FormatCheck => {
  const format = fullFormats[name];
  const validate = typeof format === 'object' && 'validate' in format ? format.validate : format;
  return { validate: validate as FormatCheck['validate'] };
};

const ofNumber = (name: FormatName, sql: FormatCheck['sql']): FormatCheck => ({
  validate: fullFormats[name] as FormatCheck['validate'],
  sql,
});

const ANYTHING: FormatCheck = { validate: true };
const isWhole = (value: string, kind: ColumnKind): string => (kind === 'integer' ? 'true' : `trunc(${value}) = ${value}`);

/** The package looks ahead for a number behind P and T, which RE2 cannot. */
const DURATION = re2Of('^P((\\d+Y)?(\\d+M)?(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+S)?)?|(\\d+W)?)$');
const isDuration = (value: string): string => `(${matches(value, DURATION())} AND right(${value}, 1) NOT IN ('P', 'T'))`;

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOSTNAME = re2Of(`^${LABEL}(?:\\.${LABEL})*\\.?$`, true);
const isHostname = (value: string): string =>
  `(${matches(value, HOSTNAME())} AND (length(${value}) <= 253 OR (length(${value}) = 254 AND suffix(${value}, '.'))))`;

/** A reference with a scheme, without quotes, and with a path that is empty only behind slashes. */
const URI = re2Of(
  (fullFormats['uri-reference'] as RegExp).source
    .replace('^(?:[a-z][a-z0-9+\\-.]*:)?', '^(?:[a-z][a-z0-9+\\-.]*:)')
    .replace(')*)?(?:\\?', ')*)(?:\\?')
    .replaceAll('"', ''),
  true,
);
const isUri = (value: string): string => `(${matches(value, '[/:]')} AND ${matches(value, URI())})`;

/** The package's pattern for URLs looks ahead for private addresses, and takes time by the square of a text's length. */
const BYTE = '(?:\\d{1,2}|1\\d\\d|2[0-4]\\d|25[0-5])';
const FIRST = '(?:[1-9]|1[1-9]|[2-9]\\d|1[013458]\\d|12[0-689]|16[0-8]|17[013-9]|19[013-9]|2[01]\\d|22[0-3])';
const LAST = '(?:[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-4])';
const AFTER_169 = '(?:\\d{1,2}|1\\d\\d|2[0-4]\\d|25[0-35])';
const AFTER_172 = '(?:\\d|1[0-5]|[04-9]\\d|3[2-9]|1\\d\\d|2[0-4]\\d|25[0-5])';
const AFTER_192 = '(?:\\d{1,2}|1(?:[0-57-9]\\d|6[0-79])|2[0-4]\\d|25[0-5])';
const ADDRESS = `(?:${FIRST}\\.${BYTE}|169\\.${AFTER_169}|172\\.${AFTER_172}|192\\.${AFTER_192})\\.${BYTE}\\.${LAST}`;
const LETTER = '[a-zA-Z0-9\\u00a1-\\uffff]';
const NAME = `(?:${LETTER}+-)*${LETTER}+`;
const DOMAIN = `${NAME}(?:\\.${NAME})*\\.[a-zA-Z\\u00a1-\\uffff]{2,}`;
const SCHEME = '(?:[hH][tT][tT][pP][sS\\u017f]?|[fF][tT][pP])';
const URL_PATTERN = re2Of(`^${SCHEME}:\\/\\/(?:\\S+@)?(?:${ADDRESS}|${DOMAIN})(?::\\d{2,5})?(?:\\/\\S*)?$`);
const URL_TEST = once(() => compileRe2(URL_PATTERN()));

/** Every format that the table of formats names. */
export const FORMAT_CHECKS: Readonly<Record<FormatName, FormatCheck>> = {
  date: { validate: isDate },
  'date-time': { validate: isTimestamp },
  time: ofFunction('time'),
  'iso-time': ofFunction('iso-time'),
  'iso-date-time': ofFunction('iso-date-time'),
  duration: { ...ofFunction('duration'), sql: isDuration },
  email: ofPattern('email'),
  hostname: { ...ofFunction('hostname'), sql: isHostname },
  ipv4: ofPattern('ipv4'),
  ipv6: ofPattern('ipv6'),
  uri: { ...ofFunction('uri'), sql: isUri },
  'uri-reference': ofPattern('uri-reference'),
  'uri-template': ofPattern('uri-template'),
  url: { validate: (text) => URL_TEST().test(text), sql: (value) => matches(value, URL_PATTERN()) },
  uuid: ofPattern('uuid'),
  'json-pointer': ofPattern('json-pointer'),
  'json-pointer-uri-fragment': ofPattern('json-pointer-uri-fragment'),
  'relative-json-pointer': ofPattern('relative-json-pointer'),
  regex: ofFunction('regex'),
  byte: ofFunction('byte'),
  int32: ofNumber('int32', (value, kind) => `(${value} BETWEEN -2147483648 AND 2147483647 AND ${isWhole(value, kind)})`),
  int64: ofNumber('int64', isWhole),
  float: ANYTHING,
  double: ANYTHING,
  password: ANYTHING,
  binary: ANYTHING,
};
