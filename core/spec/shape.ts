import { z } from 'zod';
import type { Path } from './document';
import { JobSpec } from './schema';

type Schema = z.core.$ZodType;

/** The keys that a section of a spec may have; of a section with several shapes, all of them in the schema's order. */
export const keysAt = (path: Path): readonly string[] => keysOf(path.reduce<Schema | undefined>(step, JobSpec));

function step(schema: Schema | undefined, key: string | number): Schema | undefined {
  const inner = schema && unwrap(schema);
  return inner instanceof z.ZodObject ? inner.shape[String(key)] : undefined;
}

function keysOf(schema: Schema | undefined): readonly string[] {
  const inner = schema && unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(keysOf);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: Schema): Schema {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
