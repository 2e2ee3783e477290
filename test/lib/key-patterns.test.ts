import * as keys from '../../core/keys';
import { LEDGER_KEYS, publishedBy, requestsOf, STATE_KEYS, SUCCESS_KEYS } from '../../lib/key-patterns';

/** As IAM reads `*`: any characters, slashes too. */
const matches = (pattern: string, key: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`).test(key);

const RUN = 'orders-0123456789abcdef01234567';

const LEDGER: readonly (readonly [string, string])[] = [
  ['claim', keys.claimKey('orders', 'abc')],
  ['request', keys.runRequestKey('orders', RUN)],
  ['input', keys.inputKey(RUN)],
  ['plan', keys.planKey(RUN)],
  ['plan of a redrive', keys.planKey(RUN, 1)],
  ['preflight', keys.preflightKey(RUN)],
  ['preflight of a redrive', keys.preflightKey(RUN, 1)],
  ['checkpoint of a redrive', keys.checkpointKey(RUN, 0, 1)],
  ['round', keys.roundKey(RUN, 0)],
  ['chunks of round 0', keys.chunksKey(RUN, 0)],
  ['chunks of round 3', keys.chunksKey(RUN, 3)],
  ['chunks of a plan of a redrive', keys.planChunksKey(RUN, 1)],
  ['task index of a plan of a redrive', keys.planTasksKey(RUN, 1)],
  ['task index of round 0', keys.tasksIndexKey(RUN, 0)],
  ['task index of round 3', keys.tasksIndexKey(RUN, 3)],
  ['fence', keys.fenceKey(RUN, 1, 2)],
  ['job id', keys.jobIdKey(RUN, 1, 2)],
  ['token', keys.tokenKey(RUN, 1, 2, 'abc')],
  ['marker', keys.markerKey(RUN, '0000001.0')],
  ['marker of a plan of a redrive', keys.markerKey(RUN, '0000001.0', 1)],
  ['complaint', keys.complaintKey(RUN, 1, '0000001', 'writer')],
  ['text of a complaint', keys.messageKey(RUN, 1, '0000001', 'writer')],
  ['quarantine', keys.quarantineKey(RUN, '0000001', 'writer')],
  ['list of unique keys', keys.uniqueKeysKey(RUN, '0000001', { writer: 'writer', rule: 0 })],
  ['quarantine index', keys.quarantineIndexKey(RUN)],
  ['decision', keys.decisionKey(RUN)],
  ['delivery', keys.deliveryKey(RUN)],
];

test.each(LEDGER)('the ledger protects a %s', (_, key) => {
  expect(LEDGER_KEYS.some((pattern) => matches(pattern, key))).toBe(true);
});

test.each([
  ['config', keys.configKey('orders')],
  ['history', keys.historyKey('orders', RUN, new Date(0))],
])('a %s is not of the ledger', (_, key) => {
  expect(LEDGER_KEYS.some((pattern) => matches(pattern, key))).toBe(false);
});

test.each([
  ['config', STATE_KEYS.config, keys.configKey('orders')],
  ['arrays', STATE_KEYS.arrays, keys.fenceKey(RUN, 0, 0)],
  ['arrays', STATE_KEYS.arrays, keys.jobIdKey(RUN, 0, 0)],
  ['arrays', STATE_KEYS.arrays, keys.tokenKey(RUN, 0, 0, 'abc')],
  ['complaints', STATE_KEYS.complaints, keys.complaintKey(RUN, 7, '0000001', 'writer')],
  ['texts of complaints', STATE_KEYS.messages, keys.messageKey(RUN, 7, '0000001', 'writer')],
  ['requests', STATE_KEYS.requests, keys.runRequestKey('orders', RUN)],
  ['markers', STATE_KEYS.markers, keys.markerKey(RUN, '0000001')],
  ['markers', STATE_KEYS.markers, keys.markerKey(RUN, '0000001', 2)],
  ['plans', STATE_KEYS.plan, keys.planKey(RUN, 2)],
  ['chunk lists', STATE_KEYS.chunks, keys.planChunksKey(RUN, 2)],
  ['task indexes', STATE_KEYS.tasks, keys.planTasksKey(RUN, 2)],
  ['checkpoints', STATE_KEYS.checkpoints, keys.checkpointKey(RUN, 3, 2)],
  ['quarantine', STATE_KEYS.quarantine, keys.quarantineKey(RUN, '0000001', 'writer')],
  ['unique keys', STATE_KEYS.uniqueKeys, keys.uniqueKeysKey(RUN, '0000001', { writer: 'writer', rule: 0 })],
  ['report', STATE_KEYS.report, keys.reportKey(RUN)],
  ['history', STATE_KEYS.history, keys.historyKey('orders', RUN, new Date(0))],
  ['requests', requestsOf('orders'), keys.requestKey('orders', 'a+b %.csv')],
  ['requests', requestsOf('orders'), keys.replayKey('orders', RUN, 'a.csv')],
  ['published files', publishedBy('orders'), keys.partKey('orders', RUN, { chunk: '0000001', extension: 'parquet' })],
  ['published files', publishedBy('orders'), keys.manifestKey('orders', RUN)],
  ['success', SUCCESS_KEYS, keys.successKey('orders', RUN)],
])('the pattern for %s matches its keys', (_, pattern, key) => {
  expect(matches(pattern, key)).toBe(true);
});

test('one job’s files are out of reach of a job whose name only begins the same', () => {
  expect(matches(publishedBy('orders'), keys.partKey('orders-eu', RUN, { chunk: '0000001', extension: 'csv' }))).toBe(false);
  expect(matches(requestsOf('orders'), keys.requestKey('orders-eu', 'a.csv'))).toBe(false);
});

test('a marker’s pattern lets nobody write a decision, nor the other way round', () => {
  expect(matches(STATE_KEYS.markers, keys.decisionKey(RUN))).toBe(false);
  expect(matches(STATE_KEYS.decision, keys.markerKey(RUN, '0000001'))).toBe(false);
  expect(matches(STATE_KEYS.arrays, keys.complaintKey(RUN, 1, '0000001', 'writer'))).toBe(false);
});

test('only what is replayed is taken for it', () => {
  const others = [
    'requests/orders/a.csv',
    'requests/orders/2/replays/a.csv',
    'incoming/requests/orders/replays/r/a.csv',
    'requests/orders/replays/a',
  ];

  expect(keys.isReplayKey(keys.replayKey('orders', RUN, 'replay-0.csv'))).toBe(true);
  expect(others.filter((key) => keys.isReplayKey(key))).toEqual([]);
});
