import { decimalOf } from '../decimal';
import { AvroSchemaError, avroSchemaOf } from '../work/avro-schema';
import type { Finding } from './explain';
import type { RecordSchemas } from './references';
import type { JobSpec } from './schema';

/** What the output section and the output schema say must fit each other. */
export function outputFindings(spec: JobSpec, { output: schema }: RecordSchemas): readonly Finding[] {
  if (!schema) return [];
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown> | undefined>);
  return [...partitionFindings(spec, properties), ...decimalFindings(properties), ...avroFindings(spec, schema)];
}

type Properties = readonly (readonly [name: string, property: Readonly<Record<string, unknown>> | undefined])[];

const atSchema = (message: string): Finding => ({ path: ['output', 'schema'], at: 'value', message });

function partitionFindings({ output }: JobSpec, properties: Properties): readonly Finding[] {
  const columns = output.partitionBy ?? [];
  const found = columns.map((column, index): Finding | undefined => {
    const known = properties.find(([name]) => name === column);
    const path = ['output', 'partitionBy', index];
    const names = properties.map(([name]) => name).join(', ');
    if (!known) return { path, at: 'value', message: `expected a column of output.schema (${names}), received "${column}"` };
    const type = String(known[1]?.type);
    const nested = type === 'object' || type === 'array';
    return nested
      ? { path, at: 'value', message: `expected a column of text, numbers or booleans, "${column}" is of type ${type}` }
      : undefined;
  });
  const all = columns.length > 0 && properties.every(([name]) => columns.includes(name));
  const every: Finding = {
    path: ['output', 'partitionBy'],
    at: 'value',
    message: 'expected a column of output.schema to be left for the files, received all of them',
  };
  return [...found.flatMap((finding) => finding ?? []), ...(all ? [every] : [])];
}

function decimalFindings(properties: Properties): readonly Finding[] {
  return properties.flatMap(([name, property]) => {
    const format = property?.format;
    if (typeof format !== 'string' || !format.startsWith('decimal') || decimalOf(format)) return [];
    return [atSchema(`column "${name}": expected a format such as decimal(18,2) of up to 38 digits, received "${format}"`)];
  });
}

function avroFindings({ name, output }: JobSpec, schema: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (output.format !== 'avro') return [];
  try {
    avroSchemaOf(name, schema, output.partitionBy);
    return [];
  } catch (thrown) {
    if (thrown instanceof AvroSchemaError) return [atSchema(thrown.message)];
    throw thrown;
  }
}
