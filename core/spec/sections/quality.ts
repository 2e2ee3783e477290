import { z } from 'zod';
import { checkQualityRule } from '../quality-rules';

const limit = z.union([z.number(), z.string().min(1)]);

/** `>= 1`, `< 1000`, `= 5` */
export const COMPARISON = /^(>=|<=|=|>|<)\s*(\d{1,15})$/;

/** A rule that the published rows must keep, of one of four kinds: of a column, of the number of rows, of unique keys, of a query. */
export const QualityRule = z
  .strictObject({
    name: z.string().min(1).optional().describe('how the report calls the rule'),
    severity: z.enum(['error', 'warn']).default('error').describe('whether a run that breaks the rule fails, or only says so'),
    column: z.string().min(1).optional().describe('a column of the output, with notNull, min or max'),
    notNull: z.literal(true).optional().describe('no row may lack the column'),
    min: limit.optional().describe("the least that the column's values, or the query's answer, may be"),
    max: limit.optional().describe("the most that the column's values, or the query's answer, may be"),
    rows: z
      .string()
      .regex(COMPARISON, 'expected a comparison such as >= 1, < 1000 or = 5')
      .optional()
      .describe('how many rows a run may have, e.g. ">= 1"'),
    unique: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe(
        'a column, or several together, of which no two rows may have the same values; rows that lack one of them are not compared',
      ),
    scope: z.enum(['run', 'chunk']).optional().describe('where unique looks: over the whole run (default) or within each chunk'),
    sql: z.string().min(1).optional().describe('a SELECT of one number over `output`, run on each chunk; with equals, min or max'),
    equals: z.number().optional().describe("what the query's answer must be"),
    fold: z
      .enum(['sum', 'min', 'max'])
      .optional()
      .describe("what is made of the chunks' answers to the query: their sum (default), the least or the greatest of them"),
  })
  .superRefine(checkQualityRule);
export type QualityRule = z.infer<typeof QualityRule>;

/** Each is evaluated on every chunk. */
const MOST_RULES = 100;

export const Quality = z.array(QualityRule).min(1).max(MOST_RULES);
