const DATE = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/;
const TIMESTAMP = /^(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:[T ]([01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Whether a text is a day that there is, in the words that DuckDB reads as one too. */
export function isDate(text: string): boolean {
  if (text.length === USUAL_DATE) {
    const usual = usualDate(text);
    if (usual !== undefined) return usual;
  }
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return isDay(year, month, day);
}

/** The same for a moment. */
export function isTimestamp(text: string): boolean {
  if (text.length === USUAL_TIMESTAMP && isUsualTime(text)) {
    const usual = usualDate(text);
    if (usual !== undefined) return usual;
  }
  const match = TIMESTAMP.exec(text);
  return match?.[1] !== undefined && isDate(match[1]);
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
