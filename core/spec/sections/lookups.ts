import { z } from 'zod';
import { lookupProblem, nameProblems } from '../../plan/lookups';

/** Names are checked together, because SQL does not tell upper case from lower. */
export const Lookups = z.record(z.string(), z.string()).superRefine((lookups, context) => {
  const locations = Object.entries(lookups).map(([name, location]) => ({ name, message: lookupProblem(location) }));
  for (const { name, message } of [...nameProblems(Object.keys(lookups)), ...locations]) {
    if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
  }
});
