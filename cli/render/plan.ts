import type { Preflight } from '../../core/contracts';
import { formatBytes } from '../../core/units';
import { newTable } from './table';
import { formatCount, formatSeconds, formatUsd, plural, safe } from './text';

/** What `plan --json` prints. Fields are added, never changed. */
export interface PlanView {
  readonly job: string;
  readonly objects: number;
  readonly bytes: number;
  readonly chunks: number;
  readonly tasks: number;
  readonly arrays: number;
  /** Made while planning. */
  readonly requests: number;
  readonly bytesRead: number;
  readonly sizing: { readonly chunkBytes: number; readonly why: string };
  readonly taskBytes: { readonly min: number; readonly mean: number; readonly max: number };
  readonly preflight: Preflight;
  /** The JSON Schema that was inferred where the spec names none and its query needs one. */
  readonly inferredSchema?: Readonly<Record<string, unknown>>;
}

type Band = Preflight['seconds'];

const band = ({ low, expected, high }: Band, format: (value: number) => string): string =>
  `${format(expected)} (${format(low)} to ${format(high)})`;

function columnsOf({ properties }: Readonly<Record<string, unknown>>): string {
  return Object.entries((properties ?? {}) as Readonly<Record<string, { readonly type?: unknown; readonly format?: unknown }>>)
    .map(([name, { type = 'any', format }]) => `${safe(name)}: ${format ?? type}`)
    .join('\n');
}

/** A plan for people: what would be cut into what, and what it would take. */
export function renderPlan(view: PlanView): string {
  const { taskBytes, preflight } = view;
  const table = newTable();
  const rows = [
    ['input', `${plural(view.objects, 'object')}, ${formatBytes(view.bytes)}`],
    ['chunks', `${formatCount(view.chunks)} of up to ${formatBytes(view.sizing.chunkBytes)}`],
    [
      'tasks',
      `${formatCount(view.tasks)} in ${plural(view.arrays, 'array')}, ${formatBytes(taskBytes.min)} to ${formatBytes(taskBytes.max)} each`,
    ],
    ['why', view.sizing.why.split('; ').map(safe).join('\n')],
    ...(view.inferredSchema ? [['columns, inferred', columnsOf(view.inferredSchema)]] : []),
    ['planning took', `${plural(view.requests, 'request')}, ${formatBytes(view.bytesRead)} read`],
    ['a run would take', [band(preflight.seconds, formatSeconds), ...preflight.assumptions.map(safe)].join('\n  ')],
    ['and cost', band(preflight.usd, formatUsd)],
    ['vCPU at once', `${formatCount(preflight.vcpu.wanted)} wanted, ${formatCount(preflight.vcpu.allowed)} allowed`],
  ];
  for (const row of rows) table.push(row);
  return `${safe(view.job)}\n${table.toString()}\n`;
}
