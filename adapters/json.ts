import type { z } from 'zod';
import { ObjectNotFoundError } from './errors';
import type { ObjectStore } from './ports';

/** Reads a contract; `ObjectNotFoundError` when it is missing, a `ZodError` when it is not what its schema says. */
export async function readJson<Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
  versionId?: string,
): Promise<z.infer<Schema>> {
  return schema.parse(JSON.parse((await store.read(key, { versionId })).toString('utf8')));
}

/** Reads a contract that may not exist yet. */
export async function findJson<Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    return await readJson(store, key, schema);
  } catch (thrown) {
    if (thrown instanceof ObjectNotFoundError) return undefined;
    throw thrown;
  }
}

/** Writes a contract once; returns whether this call created it. */
export const createJson = (store: ObjectStore, key: string, value: unknown): Promise<boolean> =>
  store.createOnce(key, JSON.stringify(value));
