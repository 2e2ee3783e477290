import Ajv2020, { type ErrorObject } from 'ajv/dist/2020';
import { Fault, type FaultClass } from '../../core/fault';
import { ConfigFailure } from '../failures';
import { propertiesOf, requiredOf, type Schema, typesOf } from './columns';

/** What is wrong with a record; undefined when it is valid. */
export type Validate = (record: unknown) => Fault | undefined;

const DATE = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/;
const TIMESTAMP = /^(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:[T ]([01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The same words for a moment that DuckDB reads as one. */
function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  return match?.[1] !== undefined && isDate(match[1]);
}

/** An optional property may be null: a delimited file has no other way to leave it out. */
function withNullableOptionals(schema: Schema): Schema {
  const required = requiredOf(schema);
  const properties = Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const strict = required.includes(name) || typesOf(property).includes('null');
    return [name, strict ? property : { anyOf: [{ type: 'null' }, property] }];
  });
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(properties) };
}

const ANY: Validate = () => undefined;

/** Compiles a record's schema; without one every record is valid. */
export function validatorOf(schema: Schema | undefined, what: 'input' | 'output'): Validate {
  if (!schema) return ANY;
  const ajv = new Ajv2020({ strict: false, logger: false, verbose: true, formats: { date: isDate, 'date-time': isTimestamp } });
  const validate = compile(ajv, schema, what);
  return (record) => (validate(record) ? undefined : faultOf(validate.errors ?? [], what));
}

function compile(ajv: Ajv2020, schema: Schema, what: string) {
  try {
    return ajv.compile(withNullableOptionals(schema));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigFailure(`the ${what} schema cannot be compiled: ${message}`, 'mend the JSON Schema');
  }
}

/** Told by the first error that says more than "null would have been allowed". */
function faultOf(errors: readonly ErrorObject[], what: 'input' | 'output'): Fault {
  const error = errors.find(({ keyword, params }) => !(keyword === 'type' && params.type === 'null')) ?? errors[0];
  return what === 'output' ? new Fault('OUTPUT', `output: ${explain(error)}`) : new Fault(classOf(error), explain(error));
}

/** An empty field is of no wrong type; it is missing. */
const classOf = (error: ErrorObject | undefined): FaultClass =>
  error && ['type', 'format'].includes(error.keyword) && error.data !== null ? 'TYPE' : 'SCHEMA';

function explain(error: ErrorObject | undefined): string {
  if (!error) return 'is not valid';
  const where = error.instancePath === '' ? 'the record' : `column ${JSON.stringify(error.instancePath.slice(1))}`;
  const allowed = error.keyword === 'enum' ? `: ${JSON.stringify(error.params.allowedValues)}` : '';
  return `${where} ${error.message ?? 'is not valid'}${allowed}`;
}
