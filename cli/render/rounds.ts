import type { Report } from '../../core/report/report-contract';
import { formatSeconds, formatUsd, plural, safe, shorten } from './text';

/** A run may have two hundred rounds; the report has them all. */
const ROUNDS_SHOWN = 12;
const REASON_WIDTH = 60;

type Round = Report['rounds'][number];

const counted = (counts: Round['failures'] = {}): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const because = ({ because: reasons = [] }: Round): string =>
  reasons
    .map(({ class: name, message }) => (message === undefined ? name : `${name} (${shorten(safe(message), REASON_WIDTH)})`))
    .join(', ');

/** `1: 5 chunks in 5 tasks, 6 attempts, after OOM; 1.0 s of pause; made good by Batch: SPOT 1; failed: DATA 1; $0.0006, wasted $0.0002` */
function roundLine(round: Round): string {
  const { chunks, tasks, attempts = tasks, waitSeconds = 0, retried = {}, failures, cost } = round;
  const reasons = because(round);
  return [
    `${round.round}: ${plural(chunks, 'chunk')} in ${plural(tasks, 'task')}, ${plural(attempts, 'attempt')}${reasons && `, after ${reasons}`}`,
    ...(waitSeconds > 0 ? [`${formatSeconds(waitSeconds)} of pause`] : []),
    ...(Object.keys(retried).length > 0 ? [`made good by Batch: ${counted(retried)}`] : []),
    ...(Object.keys(failures).length > 0 ? [`failed: ${counted(failures)}`] : []),
    ...(cost ? [`${formatUsd(cost.usd)}, wasted ${formatUsd(cost.wastedUsd)}`] : []),
  ].join('; ');
}

const isSmooth = ({ attempts, tasks, failures }: Round): boolean => (attempts ?? tasks) === tasks && Object.keys(failures).length === 0;

/** A line for each round of work, the last ones of many; none where everything went as planned. */
export function roundLines(rounds: Report['rounds']): readonly string[] {
  if (rounds.length < 2 && rounds.every(isSmooth)) return [];
  const shown = rounds.slice(-ROUNDS_SHOWN);
  const left = rounds.length - shown.length;
  return [...(left > 0 ? [`${plural(left, 'round')} before these: see the report`] : []), ...shown.map(roundLine)];
}
