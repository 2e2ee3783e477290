import type { Unclaimed } from '../../core/contracts';
import type { UnclaimedList } from '../state/unclaimed';
import { plural, safe } from './text';

export const unclaimedLine = ({ object }: Unclaimed): string => `${safe(object.key)} belongs to no job`;

/** Files that no job takes; empty where there are none. */
export function renderUnclaimed({ files, total }: UnclaimedList): string {
  if (total === 0) return '';
  const rest = total - files.length;
  const lines = files.map((file) => `  ${unclaimedLine(file)} (${file.at})`);
  return [
    `${plural(total, 'file')} of the last 90 days ${total === 1 ? 'belongs' : 'belong'} to no job:`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    '',
  ].join('\n');
}
