import { ApiError, NotEmulatedError } from '../kernel/errors';

/** The moment after `afterMs` at which a schedule fires next; undefined when never. */
export type Schedule = (afterMs: number) => number | undefined;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UNITS_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: DAY_MS };

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly words?: readonly string[];
}

/** In the order of the expression; EventBridge counts Sunday as day 1. */
const FIELDS: readonly Field[] = [
  { name: 'minutes', low: 0, high: 59 },
  { name: 'hours', low: 0, high: 23 },
  { name: 'day of month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, words: MONTHS },
  { name: 'day of week', low: 1, high: 7, words: DAYS },
  { name: 'year', low: 1970, high: 2199 },
];

const invalid = (expression: string, why: string): ApiError =>
  new ApiError('ValidationException', `schedule ${JSON.stringify(expression)}: ${why}`);

function numberOf(word: string, { name, low, high, words }: Field): number {
  const index = words?.indexOf(word.toUpperCase()) ?? -1;
  const value = index >= 0 ? low + index : Number(word);
  if (/^(\d*[LW]|\d*#\d*)$/i.test(word)) throw new NotEmulatedError(`${word} in a schedule's ${name}`);
  if (!Number.isInteger(value) || value < low || value > high) throw invalid(word, `${name} must lie in ${low}..${high}`);
  return value;
}

function itemOf(item: string, field: Field): (value: number) => boolean {
  const [span = '', step] = item.split('/');
  const [first = '', last] = span.split('-');
  const from = span === '*' ? field.low : numberOf(first, field);
  const open = span === '*' || (step !== undefined && last === undefined);
  const to = last === undefined ? (open ? field.high : from) : numberOf(last, field);
  const every = step === undefined ? 1 : Number(step);
  if (!Number.isInteger(every) || every < 1) throw invalid(item, `the step of ${field.name} must be a whole number of at least 1`);
  return (value) => value >= from && value <= to && (value - from) % every === 0;
}

function fieldTest(text: string, field: Field): (value: number) => boolean {
  if (text === '?') return () => true;
  const tests = text.split(',').map((item) => itemOf(item, field));
  return (value) => tests.some((test) => test(value));
}

const HORIZON_DAYS = 4 * 366;

function dayTest(words: readonly string[]): (dayMs: number) => boolean {
  const [, , date = never, month = never, day = never, year = never] = FIELDS.map((field, i) => fieldTest(words[i] ?? '', field));
  return (dayMs) => {
    const t = new Date(dayMs);
    return date(t.getUTCDate()) && month(t.getUTCMonth() + 1) && day(t.getUTCDay() + 1) && year(t.getUTCFullYear());
  };
}

const never: Test = () => false;

/** The moments of a day, as milliseconds after its start. */
function timesOfDay([minutes = '', hours = '']: readonly string[]): readonly number[] {
  const [minuteField, hourField] = FIELDS as [Field, Field];
  const [minute, hour] = [fieldTest(minutes, minuteField), fieldTest(hours, hourField)];
  const all = Array.from({ length: DAY_MS / MINUTE_MS }, (_, i) => i);
  return all.filter((i) => hour(Math.floor(i / 60)) && minute(i % 60)).map((i) => i * MINUTE_MS);
}

function cron(expression: string, body: string): Schedule {
  const words = body.trim().split(/\s+/);
  if (words.length !== FIELDS.length) throw invalid(expression, `a cron expression has ${FIELDS.length} fields`);
  if ((words[2] === '?') === (words[4] === '?')) throw invalid(expression, 'exactly one of day of month and day of week must be ?');
  const onDay = dayTest(words);
  const times = timesOfDay(words);
  return (afterMs) => {
    const today = Math.floor(afterMs / DAY_MS) * DAY_MS;
    for (let start = today; start < today + HORIZON_DAYS * DAY_MS; start += DAY_MS) {
      const time = onDay(start) ? times.find((t) => start + t > afterMs) : undefined;
      if (time !== undefined) return start + time;
    }
    return undefined;
  };
}

type Test = (value: number) => boolean;

/** Reads `rate(5 minutes)` or `cron(0 4 * * ? *)`, both in UTC. */
export function parseSchedule(expression: string): Schedule {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNITS_MS[unit ?? ''];
  if (unitMs && Number(count) > 0) return (afterMs) => afterMs + Number(count) * unitMs;
  const [, body] = /^cron\((.+)\)$/.exec(expression) ?? [];
  if (body === undefined) throw invalid(expression, 'allowed are rate(value minutes|hours|days) and cron(six fields)');
  return cron(expression, body);
}
