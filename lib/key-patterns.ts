import {
  abortKey,
  checkpointsPrefix,
  chunksKey,
  complaintsPrefix,
  configKey,
  decidedPrefix,
  decisionKey,
  deliveredPrefix,
  deliveryKey,
  driveKey,
  historyPrefix,
  inputKey,
  jobsKey,
  markersPrefix,
  messagesPrefix,
  openPrefix,
  outlinesPrefix,
  outputPrefix,
  pinsKey,
  planKey,
  preflightKey,
  quarantineIndexKey,
  quarantinePrefix,
  reportKey,
  requestsPrefix,
  successKey,
  sweepsPrefix,
  tasksIndexKey,
  unclaimedPrefix,
  uniqueKeysPrefix,
} from '../core/keys';

/** The keys of `core/keys.ts` as policies name them; `*` stands for any characters, slashes too. */

const ANY = '*';
const below = (prefix: string): string => `${prefix}${ANY}`;

/** Keys of the state bucket. */
export const STATE_KEYS = {
  config: configKey(ANY),
  claims: 'claims/*',
  requests: below(requestsPrefix),
  /** Marks of executions under way: no part of the ledger. */
  open: below(openPrefix),
  sweeps: below(sweepsPrefix),
  jobs: jobsKey,
  unclaimed: below(unclaimedPrefix),
  runs: 'runs/*',
  input: inputKey(ANY),
  pins: pinsKey(ANY),
  checkpoints: below(checkpointsPrefix(ANY)),
  plan: planKey(ANY),
  preflight: preflightKey(ANY),
  chunks: chunksKey(ANY, 0),
  tasks: tasksIndexKey(ANY, 0),
  /** Round lists, their chunks and indexes, fences, job ids, tokens, complaints. */
  rounds: 'runs/*/rounds/*',
  /** Fences, job ids and task tokens. */
  arrays: 'runs/*/rounds/*/array-*',
  complaints: below(complaintsPrefix(ANY, 0)).replace('/0/', '/*/'),
  messages: below(messagesPrefix(ANY, 0)).replace('/0/', '/*/'),
  outlines: below(outlinesPrefix(ANY, 0)).replace('/0/', '/*/'),
  markers: below(markersPrefix(ANY)),
  quarantine: below(quarantinePrefix(ANY)),
  uniqueKeys: below(uniqueKeysPrefix(ANY)),
  quarantineIndex: quarantineIndexKey(ANY),
  decided: below(decidedPrefix(ANY)),
  decision: decisionKey(ANY),
  abort: abortKey(ANY),
  drives: driveKey(ANY, 0).replace('-0.', '-*.'),
  delivery: deliveryKey(ANY),
  delivered: below(deliveredPrefix(ANY)),
  report: reportKey(ANY),
  history: below(historyPrefix(ANY)),
} as const;

/** What is written once and then true for ever: nobody may overwrite or delete it. */
export const LEDGER_KEYS: readonly string[] = [
  STATE_KEYS.claims,
  STATE_KEYS.requests,
  STATE_KEYS.input,
  STATE_KEYS.pins,
  STATE_KEYS.checkpoints,
  STATE_KEYS.plan,
  STATE_KEYS.preflight,
  STATE_KEYS.chunks,
  STATE_KEYS.tasks,
  STATE_KEYS.rounds,
  STATE_KEYS.markers,
  STATE_KEYS.quarantine,
  STATE_KEYS.uniqueKeys,
  STATE_KEYS.quarantineIndex,
  STATE_KEYS.decided,
  STATE_KEYS.decision,
  STATE_KEYS.delivery,
  STATE_KEYS.delivered,
  STATE_KEYS.abort,
  STATE_KEYS.drives,
];

/** Everything that one job publishes. */
export const publishedBy = (job: string): string => outputPrefix(job, ANY).replace(/\/$/, '');

/** Files handed to a run of this job by name. */
export const requestsOf = (job: string): string => `requests/${job}/*`;

/** Every S3 Inventory has a manifest of this name. */
export const INVENTORY_MANIFESTS = '*/manifest.json';

/** Whether a run was published. */
export const SUCCESS_KEYS = successKey(ANY, ANY);
