import type { z } from 'zod';

/** Where a rule of a spec puts what it refuses. */
export type Refuse = z.core.$RefinementCtx;

export const refuse = (context: Refuse, path: readonly string[], message: string): void =>
  context.addIssue({ code: 'custom', path: [...path], message });
