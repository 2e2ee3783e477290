/** A number of so many digits, of which so many stand behind the point. */
export interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

const FORMAT = /^decimal\((\d{1,2}),(\d{1,2})\)$/;
/** What Parquet and SQL engines hold in 128 bits. */
const MOST_DIGITS = 38;

/** The decimal that a format such as `decimal(18,2)` names; undefined for any other format. */
export function decimalOf(format: string): Decimal | undefined {
  const match = FORMAT.exec(format.replaceAll(' ', ''));
  if (!match) return undefined;
  const [precision, scale] = [Number(match[1]), Number(match[2])];
  return precision >= 1 && precision <= MOST_DIGITS && scale <= precision ? { precision, scale } : undefined;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** The number as a whole one of its smallest unit; undefined when the text is none that the decimal holds exactly. */
export function unscaledOf(text: string, { precision, scale }: Decimal): bigint | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const kept = fraction.replace(/0+$/, '');
  if (whole + fraction === '' || kept.length > scale) return undefined;
  const unscaled = BigInt(`${whole}${kept.padEnd(scale, '0')}` || '0');
  if (unscaled >= 10n ** BigInt(precision)) return undefined;
  return sign === '-' ? -unscaled : unscaled;
}
