import { median } from './section';

/** How much more memory the last chunks need than the first, once the engine is warm. */
export function growth(rss: readonly number[]): number {
  const tenth = Math.max(1, Math.floor(rss.length / 10));
  return median(rss.slice(-tenth)) / median(rss.slice(tenth, 2 * tenth));
}

const BARS = '▁▂▃▄▅▆▇█';

/** A curve in one line, from nothing to its highest point. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values.map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))]).join('');
}
