import { ConfigFailure } from '../failures';

/** A JSON Schema, as far as its shape matters here. */
export type Schema = Readonly<Record<string, unknown>>;

export type ColumnKind = 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'string' | 'json';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether a record may leave it empty: it is not required, or its type includes null. */
  readonly nullable: boolean;
  /** Whether the schema requires it. */
  readonly required: boolean;
  /** Whether the schema names it. */
  readonly named: boolean;
  /** The column's own schema; empty where it has none. */
  readonly schema: Schema;
}

const SQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  string: 'VARCHAR',
  json: 'JSON',
};

export const sqlType = ({ kind }: Column): string => SQL_TYPES[kind];

const isRecord = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

export const propertiesOf = (schema: Schema | undefined): Readonly<Record<string, Schema>> =>
  isRecord(schema?.properties) ? (schema.properties as Record<string, Schema>) : {};

export const requiredOf = (schema: Schema | undefined): readonly string[] =>
  Array.isArray(schema?.required) ? schema.required.map(String) : [];

export function typesOf(property: Schema): readonly string[] {
  if (Array.isArray(property.type)) return property.type.map(String);
  return property.type === undefined ? [] : [String(property.type)];
}

function kindOf(property: Schema): ColumnKind {
  const types = typesOf(property).filter((type) => type !== 'null');
  const [type] = types;
  if (types.length > 0 && types.every((one) => one === 'object' || one === 'array')) return 'json';
  if (types.length !== 1) return types.length === 2 && types.includes('integer') && types.includes('number') ? 'number' : 'string';
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (property.format === 'date') return 'date';
  return property.format === 'date-time' ? 'timestamp' : 'string';
}

/** The columns of these names, typed by the schema; a column that it does not mention is text. */
export function columnsOf(names: readonly string[], schema: Schema | undefined): readonly Column[] {
  const properties = propertiesOf(schema);
  const required = requiredOf(schema);
  return names.map((name) => {
    const named = Object.hasOwn(properties, name);
    const property = named ? (properties[name] ?? {}) : {};
    const isRequired = required.includes(name);
    const nullable = !isRequired || typesOf(property).includes('null');
    return { name, kind: kindOf(property), nullable, required: isRequired, named, schema: property };
  });
}

/** Fails when a file lacks columns that every record must have. */
export function checkRequired(names: readonly string[], schema: Schema | undefined, key: string): void {
  const missing = requiredOf(schema).filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new ConfigFailure(
    `${key} has no column ${missing.map((name) => JSON.stringify(name)).join(', ')}, its columns are: ${names.join(', ')}`,
    "drop a file with these columns, or take them out of the input schema's required list",
  );
}

/** Fails when SQL could not tell two columns apart, which it does by their letters and not by the case of these. */
export function checkDistinct(columns: readonly Column[], where: string): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new ConfigFailure(
        `${where} names the columns ${JSON.stringify(other)} and ${JSON.stringify(name)}, which SQL cannot tell apart`,
        'rename one of them in the file, or process it with a module or a command',
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}
