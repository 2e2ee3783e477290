import { z } from 'zod';
import type { Path } from './document';
import { JobSpec } from './schema';

type Schema = z.core.$ZodType;

const schemaAt = (path: Path): Schema | undefined => path.reduce<Schema | undefined>(step, JobSpec);

/** The keys that a section of a spec may have; of a section with several shapes, those that tell them apart. */
export const keysAt = (path: Path): readonly string[] => {
  const choices = choicesAt(path);
  return choices.length > 0 ? choices.map(({ key }) => key) : keysOf(schemaAt(path));
};

/** One shape of a section that has several: told by its first key, beside which it may have others. */
export interface Choice {
  readonly key: string;
  readonly keys: readonly string[];
}

/** The shapes of a section, in the schema's order; none where it has but one. */
export function choicesAt(path: Path): readonly Choice[] {
  const schema = schemaAt(path);
  const inner = schema && unwrap(schema);
  if (!(inner instanceof z.ZodUnion)) return [];
  return inner.options.map(keysOf).flatMap((keys) => (keys[0] === undefined ? [] : [{ key: keys[0], keys }]));
}

function step(schema: Schema | undefined, key: string | number): Schema | undefined {
  const inner = schema && unwrap(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodObject ? inner.shape[String(key)] : undefined;
}

function keysOf(schema: Schema | undefined): readonly string[] {
  const inner = schema && unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: Schema): Schema {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
