/** What a value looks like; `any` is a column whose values have nothing in common but that they can be text. */
export type Kind = 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'text' | 'json' | 'any';

/** More digits than that are not sure to fit 64 bits. */
const MAX_INTEGER_DIGITS = 18;
/** A double keeps that many, whatever they are. */
const MAX_NUMBER_DIGITS = 15;

/** As it would be written again: what has a leading zero or a plus sign is a code, a telephone number or a ZIP. */
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
/** An exponent has a sign, as programs write it: `12e34` is more likely a part number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]\d+)?$/;
const BOOLEAN = /^(?:true|false|True|False|TRUE|FALSE)$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
/** Local or UTC; another offset, or more than microseconds, would be lost in a TIMESTAMP. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?Z?$/;

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (!year || !month || !day) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const digitsOf = (text: string): number => text.replace(/[eE].*$/, '').replace(/\D/g, '').length;

function kindOfDates(text: string): Kind {
  if (isDate(text)) return 'date';
  const day = TIMESTAMP.exec(text)?.[1];
  return day !== undefined && isDate(day) ? 'timestamp' : 'text';
}

/** The kind of a field of a delimited file, undefined for an empty one: only what the type would give back as it is written. */
export function kindOfText(text: string): Kind | undefined {
  if (text === '') return undefined;
  if (INTEGER.test(text)) return digitsOf(text) <= MAX_INTEGER_DIGITS ? 'integer' : 'text';
  if (NUMBER.test(text)) return digitsOf(text) <= MAX_NUMBER_DIGITS && Number.isFinite(Number(text)) ? 'number' : 'text';
  return BOOLEAN.test(text) ? 'boolean' : kindOfDates(text);
}

/** Digits, and what people write between and around them. */
const NUMERAL = /^[\s\d.,:_'()eE/+-]*$/;

/** Whether a text is a number or a date to people, written in a way of its own: `007`, `+49`, `1,5`. Such a value is no slip. */
export const isNumeral = (text: string): boolean => NUMERAL.test(text) && /\d/.test(text);

/** The kind of a value of a JSON line, undefined for null. */
export function kindOfJson(value: unknown): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return kindOfDates(value);
  if (typeof value === 'object') return 'json';
  if (!Number.isInteger(value)) return 'number';
  return Number.isSafeInteger(value) ? 'integer' : 'any';
}

/** Kinds that are one where both are seen, the wider one last. */
const WIDENED: readonly (readonly [Kind, Kind])[] = [
  ['integer', 'number'],
  ['date', 'timestamp'],
  ['date', 'text'],
  ['timestamp', 'text'],
];

/** The kind that fits both. */
export function joinKinds(a: Kind | undefined, b: Kind | undefined): Kind | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const wider = WIDENED.find((pair) => pair.includes(a) && pair.includes(b));
  return wider ? wider[1] : 'any';
}
