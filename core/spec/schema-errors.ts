import { checkSchema } from '../json-schema/check-schema';
import { type JsonText, locateJson } from '../json-schema/json-text';
import type { SchemaUse } from '../json-schema/query-limits';
import type { Position } from './document';
import { valueAt } from './explain';
import type { SpecError } from './load';
import type { NamedSchema } from './references';

/** What of the spec decides how its schemas are used. */
function useOf(spec: unknown, role: SchemaUse['role']): SchemaUse {
  const format = valueAt(spec, ['output', 'format']);
  return { role, query: valueAt(spec, ['process', 'sql']) !== undefined, ...(typeof format === 'string' && { format }) };
}

/** Finds what the schemas of a spec say that is not supported; told in their own files. */
export const schemaErrors = (file: string, spec: unknown, schemas: readonly NamedSchema[]): readonly SpecError[] =>
  schemas.flatMap(({ role, schema, text, file: at }) => {
    const places = locateJson(text);
    return checkSchema(schema, useOf(spec, role), places).map((problem) => ({
      file: at,
      ...positionOf(text, places, problem),
      path: `${role}.schema`,
      message: `at #${problem.pointer}: ${problem.message}`,
      spec: file,
    }));
  });

function positionOf(text: string, { places, duplicates }: JsonText, { pointer, at }: { pointer: string; at: 'key' | 'value' }): Position {
  const place = duplicates.find((one) => one.pointer === pointer) ?? places.get(pointer);
  const before = text.slice(0, place?.[at] ?? 0).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
