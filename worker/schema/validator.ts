import Ajv2020, { type ErrorObject } from 'ajv/dist/2020';
import { type Decimal, decimalOf, unscaledOf } from '../../core/decimal';
import { Fault, type FaultClass } from '../../core/fault';
import { NOTES } from '../../core/inference/infer-schema';
import { ConfigFailure } from '../failures';
import { propertiesOf, requiredOf, type Schema, typesOf } from './columns';
import { FORMAT_CHECKS } from './formats';
import { MULTIPLE_PRECISION } from './keywords';
import { compilePattern } from './pattern';

/** What is wrong with a record; undefined when it is valid. */
export type Validate = (record: unknown) => Fault | undefined;

/** An optional property may be null: a delimited file has no other way to leave it out. */
function withNullableOptionals(schema: Schema): Schema {
  const required = requiredOf(schema);
  const properties = Object.entries(propertiesOf(schema)).map(([name, given]) => {
    const decimal = decimalOf(String(given.format ?? ''));
    const property = decimal ? { ...given, format: undefined, decimal } : given;
    const strict = required.includes(name) || typesOf(property).includes('null');
    return [name, strict ? property : { anyOf: [{ type: 'null' }, property] }];
  });
  const { $schema: _dialect, $id: _id, [NOTES]: _notes, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(properties) };
}

const isDecimal = (decimal: Decimal, value: unknown): boolean => value === null || unscaledOf(String(value), decimal) !== undefined;
const DECIMAL_ERROR = { message: 'must be a number of the digits that its format names' };

const ANY: Validate = () => undefined;

/** Compiling costs as much as checking thousands of records, and a task has many chunks of one schema. */
const COMPILED: Record<'input' | 'output', WeakMap<Schema, Validate>> = { input: new WeakMap(), output: new WeakMap() };

/** Checks records of a schema, compiled once for all chunks of a task; without one every record is valid. */
export function validatorOf(schema: Schema | undefined, what: 'input' | 'output'): Validate {
  if (!schema) return ANY;
  const known = COMPILED[what].get(schema);
  const validate = known ?? newValidator(schema, what);
  if (!known) COMPILED[what].set(schema, validate);
  return validate;
}

/** What is unknown is refused. Which keywords say something about which types is told by the table of keywords. */
const STRICT = { strict: true, strictTypes: false, strictTuples: false, allowMatchingProperties: true, strictRequired: false } as const;

/** Takes the place of `new RegExp`, which may take time without bound. */
const PATTERNS = Object.assign(compilePattern, { code: 'compilePattern' });

function newValidator(schema: Schema, what: 'input' | 'output'): Validate {
  const ajv = new Ajv2020({
    ...STRICT,
    logger: false,
    verbose: true,
    multipleOfPrecision: MULTIPLE_PRECISION,
    formats: Object.fromEntries(Object.entries(FORMAT_CHECKS).map(([name, { validate }]) => [name, validate])),
    code: { regExp: PATTERNS },
  });
  // An input's numbers are of their type, whatever their format; the output's become what the format says.
  ajv.addKeyword({ keyword: 'decimal', ...(what === 'output' && { validate: isDecimal, error: DECIMAL_ERROR }) });
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
