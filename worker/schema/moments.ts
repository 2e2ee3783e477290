const SPACES = /[ \t\n\v\f\r]*/.source;
const DAY = /(\d{4})([-/\\ ])(\d{1,2})\2(\d{1,2})/.source;
const OFFSET = /(?:Z|[+-]\d{2}(?::?\d{2}(?::\d{2})?)?| [uU][tT][cC])?/.source;
const SECONDS = `${/([0-5]?\d)(?:\.(\d*))?/.source}${OFFSET}${SPACES}`;
/** The last part may be left out, even behind its colon. */
const TIME = `${/(\d{1,9}):/.source}(?:${/([0-5]?\d)/.source}(?::(?:${SECONDS})?)?)?`;

const TIMESTAMP = new RegExp(`^${DAY}(?:${/[T \t\n\v\f\r]/.source}${SPACES}${TIME})?$`);

/** Whether a text is a day that there is, as RFC 3339 writes one. */
export const isDate = (text: string): boolean => text.length === USUAL_DATE && usualDate(text) === true;

/** Whether a text is a moment, in the words that DuckDB reads as one too; they are wider than one may think. Years have four digits. */
export function isTimestamp(text: string): boolean {
  if (text.length === USUAL_TIMESTAMP && isUsualTime(text)) {
    const usual = usualDate(text);
    if (usual !== undefined) return usual;
  }
  const match = TIMESTAMP.exec(text);
  const day = dayOf(match);
  return day !== undefined && isTime(match?.slice(5) ?? [], day);
}

/** A day as a number whose order is that of the days; undefined where there is no such day. */
function dayOf(match: readonly (string | undefined)[] | null): number | undefined {
  const [, year, , month, day] = (match ?? []).map(Number) as [number, number, number, number, number];
  return match && isDay(year, month, day) ? (year * 100 + month) * 100 + day : undefined;
}

const LAST_DAY = 99991231;
const MIDNIGHT = 24;

/** Midnight may be written as the end of a day. */
function isTime([hour = '0', ...rest]: readonly (string | undefined)[], day: number): boolean {
  if (Number(hour) < MIDNIGHT) return true;
  return Number(hour) === MIDNIGHT && day < LAST_DAY && rest.every((part) => Number(part ?? 0) === 0);
}

/** `2001-12-31` and `2001-12-31 23:59:59`: almost all there are, and told without a pattern in a tenth of the time. */
const USUAL_DATE = 10;
const USUAL_TIMESTAMP = 19;

const ZERO = 48;
const NINE = 57;
const DASH = 45;
const COLON = 58;
const SPACE = 32;
const LETTER_T = 84;

/** Two digits as a number; NaN where they are none. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return tens >= ZERO && tens <= NINE && ones >= ZERO && ones <= NINE ? (tens - ZERO) * 10 + ones - ZERO : Number.NaN;
}

/** Whether a text that begins as `2001-12-31` names a day that there is; undefined where it begins otherwise. */
function usualDate(text: string): boolean | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH || Number.isNaN(year + month + day)) return undefined;
  return isDay(year, month, day);
}

const isDay = (year: number, month: number, day: number): boolean => month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isUsualTime(text: string): boolean {
  const between = text.charCodeAt(10);
  if ((between !== SPACE && between !== LETTER_T) || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return false;
  return twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60;
}
