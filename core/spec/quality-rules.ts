import { type Refuse, refuse } from './refuse';

/** What one quality rule may not combine. */

interface RuleKeys {
  readonly column?: string;
  readonly notNull?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly rows?: string;
  readonly unique?: string | readonly string[];
  readonly scope?: string;
  readonly sql?: string;
  readonly equals?: number;
  readonly fold?: string;
}

/** What a rule of each kind may say, and of which it must say one. */
const KINDS = {
  column: { may: ['notNull', 'min', 'max'], must: ['notNull', 'min', 'max'] },
  rows: { may: [], must: [] },
  unique: { may: ['scope'], must: [] },
  sql: { may: ['equals', 'min', 'max', 'fold'], must: ['equals', 'min', 'max'] },
} as const satisfies Record<string, { readonly may: readonly (keyof RuleKeys)[]; readonly must: readonly (keyof RuleKeys)[] }>;

type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];
const DETAILS = ['notNull', 'min', 'max', 'scope', 'equals', 'fold'] as const;

const list = (words: readonly string[], last = 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

export function checkQualityRule(rule: RuleKeys, context: Refuse): void {
  const kinds = NAMES.filter((name) => rule[name] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    refuse(context, [], `expected exactly one of ${list(NAMES)}, received ${kind === undefined ? 'none' : list(kinds, 'and')}`);
    return;
  }
  const { may, must }: { readonly may: readonly string[]; readonly must: readonly (keyof RuleKeys)[] } = KINDS[kind];
  for (const key of DETAILS.filter((one) => rule[one] !== undefined && !may.includes(one))) {
    refuse(context, [key], `${key} does not go with ${kind}${may.length > 0 ? `, allowed: ${may.join(', ')}` : ''}`);
  }
  if (must.length > 0 && must.every((key) => rule[key] === undefined)) {
    refuse(context, [kind], `${kind} says what is looked at, not what it must be: expected ${list(must)} beside it`);
  }
  checkLimits(rule, context);
}

function checkLimits({ min, max, sql, equals }: RuleKeys, context: Refuse): void {
  for (const [key, value] of Object.entries({ min, max })) {
    if (sql !== undefined && typeof value === 'string') refuse(context, [key], `expected a number, received ${JSON.stringify(value)}`);
  }
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    refuse(context, ['max'], `expected at least the minimum, ${min}, received ${max}`);
  }
  if (typeof min !== 'undefined' && typeof max !== 'undefined' && typeof min !== typeof max) {
    refuse(
      context,
      ['max'],
      `min and max must both be numbers or both be texts, received ${JSON.stringify(min)} and ${JSON.stringify(max)}`,
    );
  }
  if (equals !== undefined && (min !== undefined || max !== undefined)) {
    refuse(context, ['equals'], 'equals says all: expected no min or max beside it');
  }
}
