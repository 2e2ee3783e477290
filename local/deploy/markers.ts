import { NotEmulatedError } from '../kernel/errors';

/** How the values of one source are put in place of its markers. */
export interface MarkersConfig {
  readonly jsonEscape?: unknown;
  readonly markerEncodings?: Readonly<Record<string, string>>;
}

type Encode = (value: unknown, marker: string) => string;

const literal: Encode = (value, marker) => {
  if (typeof value === 'string') return value;
  throw new TypeError(`marker ${marker} stands for ${JSON.stringify(value)}, but only a string can be put in literally`);
};

const PLAIN_YAML = /^[A-Za-z][A-Za-z0-9._-]*$/;
const YAML_WORDS = new Set(['y', 'n', 'yes', 'no', 'true', 'false', 'on', 'off', 'null']);

const ENCODINGS: Readonly<Record<string, Encode>> = {
  LITERAL: literal,
  // The text around the marker has the quotes already.
  UNQUOTED_JSON_VALUE: (value) => (typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value)),
  JSON_VALUE: (value) => JSON.stringify(value),
  YAML_STRING: (value, marker) => {
    const text = literal(value, marker);
    return PLAIN_YAML.test(text) && !YAML_WORDS.has(text.toLowerCase()) ? text : JSON.stringify(text);
  },
};

/** CloudFormation hands custom resources every number and boolean as a string. */
function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, stringified(part)]));
}

function encoded(marker: string, value: unknown, { jsonEscape, markerEncodings }: MarkersConfig): Buffer {
  const byDefault = String(jsonEscape).toLowerCase() === 'true' ? 'UNQUOTED_JSON_VALUE' : 'LITERAL';
  const name = markerEncodings?.[marker] ?? byDefault;
  const encode = ENCODINGS[name];
  if (!encode) throw new NotEmulatedError(`marker encoding ${name} (allowed: ${Object.keys(ENCODINGS).join(', ')})`);
  return Buffer.from(encode(stringified(value), marker));
}

function replaceAll(body: Buffer, marker: Buffer, value: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = body.indexOf(marker); at >= 0; at = body.indexOf(marker, from)) {
    pieces.push(body.subarray(from, at), value);
    from = at + marker.length;
  }
  return from === 0 ? body : Buffer.concat([...pieces, body.subarray(from)]);
}

/** Puts values that are known only at deploy in place of the markers that synthesis left in a file. */
export function replaceMarkers(body: Buffer, markers: Readonly<Record<string, unknown>>, config: MarkersConfig): Buffer {
  return Object.entries(markers).reduce(
    (text, [marker, value]) => replaceAll(text, Buffer.from(marker), encoded(marker, value, config)),
    body,
  );
}
