import { hiveValues } from './work/hive';

/** Every object key of the system is built here and nowhere else; `docs/ledger.md` draws the same tree. */

/** Wide enough that chunk keys sort in record order up to ten million chunks. */
const CHUNK_DIGITS = 7;

/** `0000012`; pieces of a chunk that was cut append `.0`, `.1`…, so that keys keep sorting in record order. */
export const chunkId = (index: number): string => String(index).padStart(CHUNK_DIGITS, '0');

/** A piece of a chunk; there are fewer than ten of them. */
export const pieceId = (chunk: string, piece: number): string => `${chunk}.${piece}`;

/** The chunk of the plan that a piece or a stand-in came from. */
export const rootId = (chunk: string): string => chunk.split('.', 1)[0] ?? chunk;

/** One a minute for five days are 7,200. */
const CHECKPOINT_DIGITS = 6;

/** Beyond any run: the year 2286. */
const END_OF_TIME_MS = 9_999_999_999_999;
const END_OF_TIME_DIGITS = 13;

const DAY_MS = 86_400_000;

/** Newer times sort first. */
const countdown = (at: Date): string => String(END_OF_TIME_MS - at.getTime()).padStart(END_OF_TIME_DIGITS, '0');

export const runPrefix = (runId: string): string => `runs/${runId}/`;
const roundPrefix = (runId: string, round: number): string => `${runPrefix(runId)}rounds/${round}/`;

/** A run's first drive writes beside its plan, a later one into a folder of its own. */
const drivePrefix = (runId: string, drive: number): string => (drive === 0 ? runPrefix(runId) : `${runPrefix(runId)}drives/${drive}/`);

// State bucket, in flow order.
export const configKey = (job: string): string => `config/${job}.json`;
/** Which jobs are deployed, and where their files are dropped; configs of removed jobs stay. */
export const jobsKey = 'jobs.json';
export const claimKey = (job: string, hash: string): string => `claims/${job}/${hash}.json`;
export const requestsPrefix = 'requests/';
/** A request for one run over objects by name; the event that asks for it says its name only. */
export const runRequestKey = (job: string, name: string): string => `${requestsPrefix}${job}/${name}.json`;
export const openPrefix = 'open/';
/** An execution that was started, or is about to be, and whose report was not seen yet; no part of the ledger. */
export const openKey = (execution: string): string => `${openPrefix}${execution}.json`;
export const inputKey = (runId: string): string => `${runPrefix(runId)}input.json`;
/** What the first plan must not change its mind about while it is made; that of a redrive is made by the record of its drive. */
export const pinsKey = (runId: string): string => `${runPrefix(runId)}pins.json`;
export const checkpointsPrefix = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}checkpoints/`;
/** Numbered from zero; the last one counts. */
export const checkpointKey = (runId: string, number: number, drive = 0): string =>
  `${checkpointsPrefix(runId, drive)}${String(number).padStart(CHECKPOINT_DIGITS, '0')}.gz`;
export const planKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}plan.json`;
export const preflightKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}preflight.json`;
export const roundKey = (runId: string, round: number): string => `${runPrefix(runId)}rounds/${round}.json`;
/** The list of a plan: one line for each of its chunks. */
export const planChunksKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}chunks.jsonl`;
export const planTasksKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}tasks.idx`;
/** One line per chunk; round 0 holds every chunk of the plan. A later round's list is named by its content, so that none stands for another. */
export const chunksKey = (runId: string, round: number, content = ''): string =>
  round === 0 ? planChunksKey(runId) : `${roundPrefix(runId, round)}${content}.chunks.jsonl`;
/** One fixed-width entry per task, pointing into the chunk list of the same round. */
export const tasksIndexKey = (runId: string, round: number, content = ''): string =>
  round === 0 ? planTasksKey(runId) : `${roundPrefix(runId, round)}${content}.tasks.idx`;
export const roundsPrefix = (runId: string): string => `${runPrefix(runId)}rounds/`;
export const fenceKey = (runId: string, round: number, array: number): string => `${roundPrefix(runId, round)}array-${array}.json`;
/** Whether a key below `roundsPrefix` is one that `fenceKey` makes. */
export const isFenceKey = (key: string): boolean => /\/array-\d+\.json$/.test(key);
export const jobIdKey = (runId: string, round: number, array: number): string => `${roundPrefix(runId, round)}array-${array}.job.json`;
export const tokensPrefix = (runId: string, round: number, array: number): string => `${roundPrefix(runId, round)}array-${array}.tokens/`;
export const tokenKey = (runId: string, round: number, array: number, hash: string): string =>
  `${tokensPrefix(runId, round, array)}${hash}.json`;
/** A plan that a redrive made has markers of its own: a chunk of another plan may have the same id. */
export const markersPrefix = (runId: string, plannedIn = 0): string => `${drivePrefix(runId, plannedIn)}commits/`;
export const markerKey = (runId: string, chunk: string, plannedIn = 0): string => `${markersPrefix(runId, plannedIn)}${chunk}.json`;
/** What a worker could say before it gave up on a chunk; one object per attempt, named by its writer. */
export const complaintsPrefix = (runId: string, round: number): string => `${roundPrefix(runId, round)}complaints/`;
export const complaintKey = (runId: string, round: number, chunk: string, writer: string): string =>
  `${complaintsPrefix(runId, round)}${chunk}.${writer}.json`;
/** What a complaint quotes the beginning of. */
export const messagesPrefix = (runId: string, round: number): string => `${roundPrefix(runId, round)}messages/`;
export const messageKey = (runId: string, round: number, chunk: string, writer: string): string =>
  `${messagesPrefix(runId, round)}${chunk}.${writer}.txt`;
/** How a chunk that failed before can be cut; one object per attempt. */
export const outlinesPrefix = (runId: string, round: number): string => `${roundPrefix(runId, round)}outlines/`;
export const outlineKey = (runId: string, round: number, chunk: string, writer: string): string =>
  `${outlinesPrefix(runId, round)}${chunk}.${writer}.json`;
export const quarantinePrefix = (runId: string): string => `${runPrefix(runId)}quarantine/`;
export const quarantineKey = (runId: string, chunk: string, writer: string): string =>
  `${quarantinePrefix(runId)}${chunk}.${writer}.jsonl.gz`;
export const uniqueKeysPrefix = (runId: string): string => `${runPrefix(runId)}quality/`;
/** A chunk's keys that a rule of the whole run must tell apart. */
export const uniqueKeysKey = (runId: string, chunk: string, by: { writer: string; rule: number }): string =>
  `${uniqueKeysPrefix(runId)}${chunk}.${by.writer}.${by.rule}.bin`;
/** Which quarantine objects count: those of the chunks that count. */
export const quarantineIndexKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}quarantine.json`;
export const decidedPrefix = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}decided/`;
/** What a decision rests on; named by its content, so that each decision names its own. */
export const decidedKey = (runId: string, content: string, drive = 0): string => `${decidedPrefix(runId, drive)}${content}.jsonl.gz`;
export const decisionKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}commit.json`;
export const deliveryKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}delivery.json`;
/** How far the delivery of a large run came: one object per batch of parts. */
export const deliveredPrefix = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}delivered/`;
export const deliveredKey = (runId: string, batch: number, drive = 0): string => `${deliveredPrefix(runId, drive)}${batch}.json`;
export const reportKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}report.json`;
/** Asks that the run be stopped; what becomes of it is still for `commit.json` to say. */
export const abortKey = (runId: string, drive = 0): string => `${drivePrefix(runId, drive)}abort.json`;
/** Who has taken the run after its last end: a redrive, or the collector of its uploads; the first one wins. */
export const driveKey = (runId: string, drive: number): string => `${runPrefix(runId)}drive-${drive}.json`;
export const reportsPrefix = 'runs/';
export const historyPrefix = (job: string): string => `history/${job}/`;
/** Newest first in a listing: the time counts down. */
export const historyKey = (job: string, runId: string, endedAt: Date): string => `${historyPrefix(job)}${countdown(endedAt)}-${runId}.json`;

export const sweepsPrefix = 'sweeps/';
/** Whether a key below `sweepsPrefix` is that of the sweep with this id. */
export const isSweepOf = (key: string, id: string): boolean => key.endsWith(`-${id}.json`);
/** What a sweep did, newest first in a listing; quiet ones that nobody asked for leave nothing. */
export const sweepKey = (at: Date, id: string): string => `${sweepsPrefix}${countdown(at)}-${id}.json`;

export const unclaimedPrefix = 'unclaimed/';
/** Files of one day below one folder that belong to no job; newest days first in a listing. */
export const unclaimedPrefixOf = (at: Date, folder: string): string =>
  `${unclaimedPrefix}${countdown(new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS))}/${folder}/`;
export const unclaimedKey = (at: Date, folder: string, hash: string): string => `${unclaimedPrefixOf(at, folder)}${hash}.json`;

// Input bucket.
/** Files handed to `run` by name land here, outside every job's own prefix, so that no drop event starts a second run. */
export const requestKey = (job: string, fileName: string): string => `requests/${job}/${fileName}`;
const REPLAYS_FOLDER = 'replays';
/** Records of a run that are processed again, as files in a folder that no file handed to `run` can have. */
export const replayKey = (job: string, runId: string, fileName: string): string =>
  requestKey(job, `${REPLAYS_FOLDER}/${runId}/${fileName}`);
const REPLAY_KEY = new RegExp(`^${replayKey('[^/]+', '[^/]+', '')}`);
/** Whether `replayKey` made a key. */
export const isReplayKey = (key: string): boolean => REPLAY_KEY.test(key);

// Output bucket.
/** The job's and the run's. */
const OUTPUT_FOLDERS = 2;
export const outputPrefix = (job: string, runId: string): string => `${job}/${runId}/`;
/** The run that an object of the output bucket belongs to, and the prefix of all its objects. */
export function runOfOutput(key: string): { readonly runId: string; readonly prefix: string } {
  const [job = '', runId = ''] = key.split('/');
  return { runId, prefix: outputPrefix(job, runId) };
}
/** `partition` is a path of folders, as `hivePath` makes it. */
export const partKey = (job: string, runId: string, part: { chunk: string; extension: string; partition?: string }): string =>
  `${outputPrefix(job, runId)}${part.partition ?? ''}part-${part.chunk}.${part.extension}`;
/** The column values that a part's folders stand for. */
export const partitionOf = (key: string): Record<string, string | null> =>
  Object.fromEntries(hiveValues(key.split('/').slice(OUTPUT_FOLDERS, -1).join('/')));
/** A file of a chunk that is published under its own name. */
export const fileKey = (job: string, runId: string, file: { chunk: string; name: string }): string =>
  `${outputPrefix(job, runId)}${file.chunk}/${file.name}`;
export const manifestKey = (job: string, runId: string): string => `${outputPrefix(job, runId)}_manifest.json`;
export const successKey = (job: string, runId: string): string => `${outputPrefix(job, runId)}_SUCCESS`;
