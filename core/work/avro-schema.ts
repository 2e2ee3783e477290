import { decimalOf } from '../decimal';

/** The Avro schema of records that a JSON Schema describes. */

export type AvroType = string | readonly AvroType[] | AvroNamed;
export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly default?: null;
}
export interface AvroNamed {
  readonly type: string;
  readonly name?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroType;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

type Schema = Readonly<Record<string, unknown>>;

/** A schema that Avro cannot say; the message names the column. */
export class AvroSchemaError extends RangeError {
  override readonly name = 'AvroSchemaError';
}

const isRecord = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

/** Text, and every value that has no better type, is a string: as it is, or as JSON. */
const STRING_TYPES: Readonly<Record<string, AvroNamed>> = {
  date: { type: 'int', logicalType: 'date' },
  'date-time': { type: 'long', logicalType: 'timestamp-micros' },
};

function scalar(type: string | undefined, format: string): AvroType {
  if (type === 'integer') return format === 'int32' ? 'int' : 'long';
  if (type === 'boolean') return 'boolean';
  const decimal = type === 'number' || type === 'string' ? decimalOf(format) : undefined;
  if (decimal) return { type: 'bytes', logicalType: 'decimal', ...decimal };
  if (type === 'number') return format === 'float' ? 'float' : 'double';
  return (type === 'string' && Object.hasOwn(STRING_TYPES, format) && STRING_TYPES[format]) || 'string';
}

function typeOf(property: Schema, path: string): AvroType {
  const types = listOf(property.type).filter((type) => type !== 'null');
  const type = types.length === 1 ? types[0] : undefined;
  if (type === 'object' && isRecord(property.properties)) return recordOf(property, path);
  if (type === 'array' && isRecord(property.items)) return { type: 'array', items: nullable(property.items, typeOf(property.items, path)) };
  return scalar(type, String(property.format ?? ''));
}

const nullable = (property: Schema, type: AvroType): AvroType => (listOf(property.type).includes('null') ? ['null', type] : type);

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function recordOf(schema: Schema, path: string, leftOut: readonly string[] = []): AvroNamed {
  const required = listOf(schema.required);
  const properties = Object.entries(isRecord(schema.properties) ? schema.properties : {}).filter(([name]) => !leftOut.includes(name));
  const fields = properties.map(([name, value]): AvroField => {
    if (!NAME.test(name)) {
      throw new AvroSchemaError(
        `the column ${JSON.stringify(name)} has no name that Avro allows: expected letters, digits and _, not a digit first`,
      );
    }
    const property = isRecord(value) ? value : {};
    const type = typeOf(property, `${path}_${name}`);
    const optional = !required.includes(name) || listOf(property.type).includes('null');
    return optional ? { name, type: ['null', type], default: null } : { name, type };
  });
  return { type: 'record', name: path, fields };
}

/** The writer's schema of a job's output; columns that are `leftOut` become folders. */
export const avroSchemaOf = (job: string, schema: Schema | undefined, leftOut: readonly string[] = []): AvroNamed =>
  recordOf(schema ?? {}, job.replaceAll('-', '_'), leftOut);
