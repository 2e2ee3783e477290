import { z } from 'zod';

/** How text files are written; whatever is not UTF-8 becomes it before it is read. */
export const Encoding = z.enum(['utf-8', 'utf-16le', 'utf-16be', 'latin1']);
export type Encoding = z.infer<typeof Encoding>;
