/** A JSON Schema as it was read; only its shape tells what it is. */
export type Schema = Readonly<Record<string, unknown>>;

/** Answers the name of the type that a reference stands for; undefined where there is none. */
export type NameOf = (reference: string) => string | undefined;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

const isPrimitive = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);
const literal = (value: unknown): string => (isPrimitive(value) ? JSON.stringify(value) : 'unknown');
const unique = (types: readonly string[]): readonly string[] => [...new Set(types)];

/** `unknown` takes all others in, and none is `never`. */
function union(types: readonly string[]): string {
  const members = unique(types.filter((type) => type !== 'never'));
  if (members.includes('unknown')) return 'unknown';
  return members.length === 0 ? 'never' : members.join(' | ');
}

const grouped = (type: string): string => (/[|&]/.test(type) ? `(${type})` : type);

/** The TypeScript type of what a JSON Schema allows; what cannot be said in types is left to validation. */
export class TypeWriter {
  constructor(private readonly nameOf: NameOf) {}

  typeOf(schema: unknown, indent = ''): string {
    if (schema === false) return 'never';
    if (!isSchema(schema)) return 'unknown';
    const parts = unique(this.partsOf(schema, indent).filter((part) => part !== 'unknown'));
    if (parts.length === 0) return 'unknown';
    return parts.length === 1 ? (parts[0] as string) : parts.map(grouped).join(' & ');
  }

  /** All of these hold for a value. */
  private partsOf(schema: Schema, indent: string): readonly string[] {
    const oneOf = (schemas: unknown): string => union(listOf(schemas).map((each) => grouped(this.typeOf(each, indent))));
    return [
      typeof schema.$ref === 'string' ? (this.nameOf(schema.$ref) ?? 'unknown') : 'unknown',
      this.ownType(schema, indent),
      Array.isArray(schema.anyOf) ? oneOf(schema.anyOf) : 'unknown',
      Array.isArray(schema.oneOf) ? oneOf(schema.oneOf) : 'unknown',
      ...listOf(schema.allOf).map((each) => this.typeOf(each, indent)),
    ];
  }

  /** Values that are listed say more than the type that they share. */
  private ownType(schema: Schema, indent: string): string {
    if ('const' in schema) return literal(schema.const);
    if (Array.isArray(schema.enum)) return union(schema.enum.map(literal));
    const types = typeof schema.type === 'string' ? [schema.type] : listOf(schema.type).map(String);
    if (types.length > 0) return union(types.map((type) => this.named(type, schema, indent)));
    return isSchema(schema.properties) ? this.object(schema, indent) : 'unknown';
  }

  private named(type: string, schema: Schema, indent: string): string {
    if (type === 'object') return this.object(schema, indent);
    return type === 'array' ? this.array(schema, indent) : (SIMPLE[type] ?? 'unknown');
  }

  private array({ items, prefixItems }: Schema, indent: string): string {
    const rest = `${grouped(this.typeOf(items ?? true, indent))}[]`;
    if (!Array.isArray(prefixItems)) return `readonly ${rest}`;
    // A tuple may be cut short in JSON Schema.
    const first = prefixItems.map((item) => `${grouped(this.typeOf(item, indent))}?`);
    return `readonly [${[...first, ...(items === false ? [] : [`...${rest}`])].join(', ')}]`;
  }

  private object({ properties, required, additionalProperties }: Schema, indent: string): string {
    if (!isSchema(properties)) return `Readonly<Record<string, ${this.typeOf(additionalProperties ?? true, indent)}>>`;
    const inner = `${indent}  `;
    const members = Object.entries(properties).map(([name, schema]) =>
      memberOf({ name, schema, indent: inner, optional: !listOf(required).includes(name), type: this.typeOf(schema, inner) }),
    );
    return members.length === 0 ? 'Readonly<Record<string, unknown>>' : `{\n${members.join('')}${indent}}`;
  }
}

export interface Member {
  readonly name: string;
  readonly schema: unknown;
  readonly type: string;
  readonly optional: boolean;
  readonly indent: string;
}

/** One property of an interface, with what its schema says about it for people. */
export function memberOf({ name, schema, type, optional, indent }: Member): string {
  const key = IDENTIFIER.test(name) ? name : JSON.stringify(name);
  return `${commentOf(schema, indent)}${indent}readonly ${key}${optional ? '?' : ''}: ${type};\n`;
}

/** Empty where a schema has nothing to say; its words cannot end the comment. */
export function commentOf(schema: unknown, indent: string): string {
  const { description, title } = isSchema(schema) ? schema : {};
  const text = [title, description].filter((part) => typeof part === 'string').join(': ');
  const line = text.replace(/\s+/g, ' ').replaceAll('*/', '*\\/').trim();
  return line === '' ? '' : `${indent}/** ${line} */\n`;
}
