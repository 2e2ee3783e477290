import type { z } from 'zod';
import { ApiError } from '../kernel/errors';

/** A request's fields as an operation understands them; a wrong one answers `code`, naming the field. */
export function inputOf<T>(schema: z.ZodType<T>, input: unknown, code = 'ValidationException'): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError(code, `${(issue?.path ?? []).join('.') || 'request'}: ${issue?.message ?? 'invalid'}`);
}

/** A page of a list and the token of the next one. */
export function pageOf<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
): { readonly items: readonly T[]; readonly next?: string } {
  const from = token ? Number(token) : 0;
  if (!Number.isSafeInteger(from) || from < 0)
    throw new ApiError('InvalidParameterException', `next token ${JSON.stringify(token)} was not given out here`);
  const to = from + size;
  return { items: items.slice(from, to), next: to < items.length ? String(to) : undefined };
}

/** Seconds since the epoch, as the JSON protocols write a time. */
export const epochSeconds = (ms: number): number => ms / 1000;
