import { Type, types } from 'avsc';
import { EXACT_LONG, exactLongs } from '../../adapters/avro/exact-long';
import { AvroError } from '../../core/records/avro-header';
import { identifier } from '../engine';
import type { SqlColumn } from '../work';
import { KnownLogicalType, LOGICAL_TYPES } from './logical';

/** Makes a JSON value of a decoded one; undefined where they are the same. */
type Plain = ((value: never) => unknown) | undefined;

/** The type of a file's records, from its schema's JSON text. */
export function recordType(schema: string): types.RecordType {
  const type = parse(schema);
  if (!(type instanceof types.RecordType)) throw new AvroError(`its schema is of type ${type.typeName}, expected record`);
  const hidden = type.fields.find(({ name }) => name === '__proto__');
  if (hidden) throw new AvroError('its schema names a field "__proto__", which cannot be a property of a record');
  return type;
}

function parse(schema: string): Type {
  try {
    return Type.forSchema(JSON.parse(schema), {
      registry: { long: EXACT_LONG },
      typeHook: exactLongs,
      logicalTypes: LOGICAL_TYPES,
      wrapUnions: 'always',
    });
  } catch (thrown) {
    throw new AvroError(`its schema cannot be understood: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** The columns of the records as SQL sees them. */
export const columnsOf = (type: types.RecordType): readonly SqlColumn[] =>
  type.fields.map((field) => ({ name: field.name, sqlType: sqlTypeOf(field.type, [type]) }));

const SQL_TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  'abstract:long': 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  bytes: 'VARCHAR',
  fixed: 'VARCHAR',
  string: 'VARCHAR',
  enum: 'VARCHAR',
};

/** What SQL has no type for is JSON: a choice of several types, and a record within itself. */
function sqlTypeOf(type: Type, within: readonly Type[]): string {
  if (type instanceof KnownLogicalType) return type.meaning.sqlType;
  if (within.includes(type)) return 'JSON';
  const inner = (one: Type): string => sqlTypeOf(one, [...within, type]);
  if (type instanceof types.ArrayType) return `${inner(type.itemsType)}[]`;
  if (type instanceof types.MapType) return `MAP(VARCHAR, ${inner(type.valuesType)})`;
  if (type instanceof types.RecordType && type.fields.length > 0) {
    return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${inner(field.type)}`).join(', ')})`;
  }
  const [only, ...others] = type instanceof types.WrappedUnionType ? type.types.filter(({ typeName }) => typeName !== 'null') : [];
  if (only && others.length === 0) return inner(only);
  return SQL_TYPES[type.typeName] ?? 'JSON';
}

const base64 = (value: Buffer): string => value.toString('base64');
const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const SIMPLE: Readonly<Record<string, Plain>> = { bytes: base64, fixed: base64, float: finite, double: finite };

/** How the values of a type become JSON, made once for all of them. */
export function plainOf(type: Type, known = new Map<Type, (value: never) => unknown>()): (value: never) => unknown {
  return converterOf(type, known) ?? ((value) => value);
}

function converterOf(type: Type, known: Map<Type, (value: never) => unknown>): Plain {
  if (type instanceof KnownLogicalType) return type.meaning.plain;
  const existing = known.get(type);
  if (existing) return existing;
  const make = COMPOUND.find(([kind]) => type instanceof kind)?.[1];
  if (!make) return SIMPLE[type.typeName];
  let convert: (value: never) => unknown = () => undefined;
  // Known before it is made: a record may hold records of its own type.
  known.set(type, (value) => convert(value));
  convert = make(type as never, known);
  return convert;
}

type Known = Map<Type, (value: never) => unknown>;
type Make = (type: never, known: Known) => (value: never) => unknown;

const arrays: Make = (type: types.ArrayType, known) => {
  const convert = plainOf(type.itemsType, known);
  return (value: readonly never[]) => value.map((item) => convert(item));
};

const maps: Make = (type: types.MapType, known) => {
  const convert = plainOf(type.valuesType, known);
  return (value: Readonly<Record<string, never>>) => Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
};

const records: Make = (type: types.RecordType, known) => {
  const fields = type.fields.map(({ name, type: of }) => [name, plainOf(of, known)] as const);
  return (value: Readonly<Record<string, never>>) => {
    const plain: Record<string, unknown> = {};
    for (const [name, convert] of fields) plain[name] = convert(value[name] as never);
    return plain;
  };
};

/** Takes the wrapping off: a value of a union comes under the name of its branch. */
const unions: Make = (type: types.WrappedUnionType, known) => {
  const branches = new Map(type.types.map((branch) => [branch.branchName, plainOf(branch, known)]));
  return (value: Readonly<Record<string, never>> | null) => {
    if (value === null) return null;
    const [[name, inner] = []] = Object.entries(value);
    return branches.get(name)?.(inner as never);
  };
};

const COMPOUND: readonly (readonly [new (...args: never[]) => Type, Make])[] = [
  [types.ArrayType, arrays],
  [types.MapType, maps],
  [types.RecordType, records],
  [types.WrappedUnionType, unions],
];
