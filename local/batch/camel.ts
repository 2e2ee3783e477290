/** Maps of the user's own words, whose keys are not member names. */
const MAPS = new Set(['Parameters', 'Tags', 'Options']);

const memberName = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

/** A template's properties as the API spells them: `RetryStrategy.EvaluateOnExit` is `retryStrategy.evaluateOnExit`. */
export function apiShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(apiShape);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [memberName(key), MAPS.has(key) ? inner : apiShape(inner)]));
}
