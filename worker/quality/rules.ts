import type { QualityRule } from '../../core/spec/sections/quality';
import { identifier, literal } from '../engine';

/** What one pass over the rows counts for a rule: SQL of aggregates by what they tell. */
export interface Counted {
  readonly violations: string;
  /** The worst value as text. */
  readonly example?: string;
}

const limitOf = (limit: number | string): string => (typeof limit === 'number' ? String(limit) : literal(limit));

/** What is counted for a rule about a column. */
export function countsOf({ column = '', notNull, min, max }: QualityRule): Counted {
  const name = identifier(column);
  if (notNull) return { violations: `count(*) FILTER (WHERE ${name} IS NULL)` };
  const below = min === undefined ? undefined : `${name} < ${limitOf(min)}`;
  const above = max === undefined ? undefined : `${name} > ${limitOf(max)}`;
  const broken = [below, above].filter((one) => one !== undefined).join(' OR ');
  const worst = [below && `min(${name}) FILTER (WHERE ${below})`, above && `max(${name}) FILTER (WHERE ${above})`].filter(Boolean);
  return { violations: `count(*) FILTER (WHERE ${broken})`, example: `CAST(coalesce(${worst.join(', ')}) AS VARCHAR)` };
}
