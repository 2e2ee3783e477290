import { FaultPlan, type FaultPlanInput } from '../../local/faults/plan';

export const LEVELS = ['wire', 'process', 'model', 'all'] as const;
export type Level = (typeof LEVELS)[number];

type Rules = FaultPlanInput['rules'];

/** The system's own roles: the harness looks on undisturbed. */
const ours = { caller: '*:role/*' };
const s3 = { ...ours, service: 's3' };

/** Between clients and services: about one request in ten meets one. */
const WIRE: Rules = [
  { name: 'submitted and lost', kind: 'reset', when: 'after', service: 'batch', operation: 'SubmitJob', rate: 0.15, ...ours },
  { name: 'marker written and lost', kind: 'reset', when: 'after', operation: 'PutObject', target: '*/commits/*', rate: 0.1, ...s3 },
  { name: 'completed and lost', kind: 'reset', when: 'after', operation: 'CompleteMultipartUpload', rate: 0.1, ...s3 },
  { name: 'S3 slow down', kind: 'error', code: 'SlowDown', rate: 0.01, ...s3 },
  { name: 'S3 internal error', kind: 'error', code: 'InternalError', rate: 0.005, ...s3 },
  { name: 'S3 internal error after effect', kind: 'error', code: 'InternalError', when: 'after', rate: 0.005, ...s3 },
  { name: 'S3 conflict', kind: 'error', code: 'ConditionalRequestConflict', operation: 'PutObject', rate: 0.03, ...s3 },
  { name: 'Batch throttles', kind: 'error', code: 'TooManyRequestsException', service: 'batch', rate: 0.05, ...ours },
  { name: 'Step Functions unavailable', kind: 'error', code: 'ServiceUnavailable', service: 'states', rate: 0.03, ...ours },
  { name: 'connection reset', kind: 'reset', rate: 0.008, ...ours },
  { name: 'answer lost', kind: 'reset', when: 'after', rate: 0.01, ...ours },
  { name: 'hang', kind: 'hang', ms: 1500, rate: 0.002, ...ours },
  { name: 'hang after effect', kind: 'hang', when: 'after', ms: 1500, rate: 0.002, ...ours },
  { name: 'slow', kind: 'slow', ms: 300, rate: 0.01, ...ours },
  { name: 'body cut short', kind: 'truncate', operation: 'GetObject', rate: 0.02, ...s3 },
  { name: 'bit flipped on the way down', kind: 'flip', body: 'response', operation: 'GetObject', rate: 0.005, ...s3 },
  { name: 'bit flipped on the way up', kind: 'flip', body: 'request', operation: '*Upload*', rate: 0.005, ...s3 },
  // Ranges have no checksum of their own: only the books can tell.
  { name: 'input silently corrupted', kind: 'flip', body: 'response', checksums: 'strip', target: '*/incoming/*', rate: 0.003, ...s3 },
  { name: 'part silently corrupted', kind: 'flip', body: 'request', checksums: 'strip', operation: 'UploadPart', rate: 0.005, ...s3 },
];

const EVENTS: Rules = [
  { name: 'event twice', kind: 'event-double', ms: 200, rate: 0.15 },
  // The sweep finds runs that nobody told of the end of their array; nobody finds a file whose drop was lost.
  { name: 'end of an array dropped', kind: 'event-drop', service: 'batch', rate: 0.05 },
  { name: 'event late', kind: 'event-late', ms: 3000, rate: 0.05 },
  { name: 'events out of order', kind: 'event-reorder', ms: 2000, rate: 0.05 },
];

/** Intake is spared kills of the whole batch: a message comes back only after six minutes. */
const FUNCTIONS: Rules = [
  { name: 'function throttled', kind: 'function-throttle', rate: 0.03 },
  { name: 'function killed before a call', kind: 'function-kill', target: '*ControlPlane*', calls: [1, 15], rate: 0.03 },
  { name: 'function killed after a call', kind: 'function-kill', target: '*ControlPlane*', calls: [1, 15], when: 'after', rate: 0.05 },
  { name: 'function done and lost', kind: 'function-lost', rate: 0.03 },
  { name: 'function timed out', kind: 'function-timeout', rate: 0.01 },
];

const TASKS: Rules = [
  { name: 'Spot reclaim', kind: 'task-reclaim', calls: [1, 12], rate: 0.06 },
  { name: 'worker killed before a call', kind: 'task-kill', calls: [1, 12], rate: 0.03 },
  { name: 'worker killed after a call', kind: 'task-kill', calls: [1, 12], when: 'after', rate: 0.03 },
  { name: 'worker killed before its marker', kind: 'task-kill', during: 'PutObject', rate: 0.03 },
  { name: 'zombie', kind: 'task-zombie', calls: [3, 12], ms: 8000, rate: 0.03 },
  { name: 'zombie before its marker', kind: 'task-zombie', during: 'PutObject', ms: 8000, rate: 0.03 },
  { name: 'out of memory', kind: 'task-memory', rate: 0.015 },
  { name: 'out of memory with exit 2', kind: 'task-memory', exitCode: 2, rate: 0.01 },
  { name: 'disk full', kind: 'task-disk-full', rate: 0.01 },
  { name: 'container does not start', kind: 'task-start-failure', rate: 0.03 },
];

/** From one occurrence to another, every one of them. */
const during = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Longer than any client or step tries again, and long over when people come to help. */
const OUTAGES: Rules = [
  {
    name: 'S3 away when parts are completed',
    kind: 'error',
    code: 'ServiceUnavailable',
    operation: 'CompleteMultipartUpload',
    nth: during(30, 200),
    ...s3,
  },
  {
    name: 'S3 away when reports are written',
    kind: 'error',
    code: 'SlowDown',
    operation: 'PutObject',
    target: '*/report.json',
    nth: during(20, 80),
    ...s3,
  },
  {
    name: 'S3 away when rounds are written',
    kind: 'error',
    code: 'SlowDown',
    operation: 'PutObject',
    target: '*/rounds/*',
    nth: during(100, 160),
    ...s3,
  },
];

const RULES: Readonly<Record<Exclude<Level, 'model'>, Rules>> = {
  wire: [...OUTAGES, ...WIRE, ...EVENTS, ...FUNCTIONS],
  process: TASKS,
  all: [...OUTAGES, ...WIRE, ...EVENTS, ...FUNCTIONS, ...TASKS],
};

export interface MixOptions {
  readonly seed: number;
  /** Whether this machine can give a task a small disk. */
  readonly disks: boolean;
}

/** The faults that a level mixes. */
export const mixOf = (level: Exclude<Level, 'model'>, { seed, disks }: MixOptions): FaultPlan =>
  FaultPlan.parse({ seed, rules: RULES[level].filter(({ kind }) => disks || kind !== 'task-disk-full') });

export const CALM: FaultPlan = { seed: 0, rules: [] };
