export { harmless as safe } from '../../core/harmless';

/** At most `width` characters; the last one tells that more was there. */
export const shorten = (text: string, width: number): string => {
  const characters = Array.from(text);
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
};

/** `3,000,000` */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `1 run`, `2 runs` */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

const MINUTE = 60;
const HOUR = 3600;

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
}

/** Runs cost fractions of a cent; two significant digits tell them apart. */
export const formatUsd = (usd: number): string => {
  if (usd === 0) return '$0';
  return usd >= 1 ? `$${usd.toFixed(2)}` : `$${usd.toFixed(Math.min(8, 1 - Math.floor(Math.log10(usd))))}`;
};
