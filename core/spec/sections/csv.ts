import { z } from 'zod';

const oneCharacter = z.string().regex(/^[^\r\n]$/, 'expected one character that is no line break');

export const CsvDialect = z.strictObject({
  header: z.boolean().default(true).describe('whether the first record names the columns'),
  delimiter: oneCharacter.default(',').describe('one character'),
  quote: oneCharacter.default('"').describe('one character'),
  escape: oneCharacter.default('"').describe('the character before a quote inside a quoted field: the quote itself, or a backslash'),
  quotedNewlines: z.boolean().default(true).describe('whether a quoted field may contain line breaks'),
});
export type CsvDialect = z.infer<typeof CsvDialect>;
