import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { malformedXml } from './errors';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

// Control characters go out as numeric references, as S3 sends them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const SPECIAL = /[&<>"\x00-\x1f\x7f]/g;
const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string): string =>
  text.replace(SPECIAL, (character) => NAMES[character] ?? `&#${character.charCodeAt(0)};`);

/** A value, or nothing when it is undefined, or one element per item of an array; `Xml` goes in as it is. */
type Content = string | number | boolean | Xml | undefined | readonly (string | Xml)[];

/** Markup that is escaped already. */
export class Xml {
  constructor(readonly text: string) {}
}

function element(name: string, content: Content): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map((item: string | Xml) => element(name, item)).join('');
  return `<${name}>${content instanceof Xml ? content.text : escapeXml(String(content))}</${name}>`;
}

/** Child elements in the order given. */
export const elements = (children: Readonly<Record<string, Content>>): Xml =>
  new Xml(
    Object.entries(children)
      .map(([name, content]) => element(name, content))
      .join(''),
  );

/** A whole answer. */
export const document = (root: string, children: Readonly<Record<string, Content>>): string =>
  `${DECLARATION}<${root} xmlns="${NAMESPACE}">${elements(children).text}</${root}>`;

/** S3's errors carry no namespace. */
export const errorDocument = (fields: Readonly<Record<string, string>>): string => `${DECLARATION}<Error>${elements(fields).text}</Error>`;

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0x10ffff) throw malformedXml();
    return String.fromCodePoint(code);
  });
}

// The parser's own entity handling stays off: it would expand what a DOCTYPE defines.
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  isArray: (name) => name === 'Part' || name === 'Object',
  tagValueProcessor: (_name, text) => decodeEntities(text),
});

/** The children of the root element of a request body; text is decoded, `Part` and `Object` are always lists. */
export function parseXml(body: string, root: string): Readonly<Record<string, unknown>> {
  if (/<!DOCTYPE/i.test(body) || XMLValidator.validate(body) !== true) throw malformedXml();
  const parsed: unknown = (parser.parse(body) as Record<string, unknown>)[root];
  if (typeof parsed !== 'object' || parsed === null) throw malformedXml();
  return parsed as Record<string, unknown>;
}

/** The items under a name, each of which must be an element with children. */
export function items(parent: Readonly<Record<string, unknown>>, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = parent[name];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'object' && item !== null)) throw malformedXml();
  return list as Record<string, unknown>[];
}

/** The text of a child; undefined when there is none. */
export function textOf(parent: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = parent[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw malformedXml();
  return value;
}
