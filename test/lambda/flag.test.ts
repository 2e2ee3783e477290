import { Unclaimed } from '../../core/contracts';
import { jobsKey, unclaimedPrefix } from '../../core/keys';
import { flag } from '../../lambda/flag';
import { asAtRunTime, aWorld, type World } from '../support/world';

const JOBS = [
  { name: 'orders', prefix: 'incoming/orders/' },
  { name: 'flights', prefix: 'incoming/flights/' },
];

function aDeployedWorld(jobs: readonly { readonly name: string; readonly prefix: string }[] = JOBS): World {
  const world = asAtRunTime(aWorld());
  world.state.put(jobsKey, JSON.stringify({ schema: 'jobs.v1', jobs }));
  return world;
}

const created = (key: string, { versionId = 'v1', size = 10, time = '2026-01-01T10:00:00Z' } = {}) => ({
  time,
  detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size } },
});

const records = ({ state }: World) => state.keys(unclaimedPrefix).map((key) => Unclaimed.parse(JSON.parse(state.text(key))));

test('a file below the prefix of no job is written down and told of', async () => {
  const world = aDeployedWorld();

  expect(await flag(created('incoming/foo/x.csv'), world.deps)).toEqual({ claimed: false });

  expect(records(world)).toEqual([
    { schema: 'unclaimed.v1', at: '2026-01-01T10:00:00Z', object: { bucket: 'input', key: 'incoming/foo/x.csv', versionId: 'v1' } },
  ]);
  expect(world.notices).toEqual([expect.stringMatching(/s3:\/\/input\/incoming\/foo\/x\.csv was dropped.*incoming\/orders\/ \(orders\)/s)]);
});

test('so is one below the prefix of a job that was removed, whose config stays', async () => {
  const world = aDeployedWorld(JOBS.slice(1));

  expect(await flag(created('incoming/orders/x.csv'), world.deps)).toEqual({ claimed: false });

  expect(records(world)).toHaveLength(1);
});

test.each([
  ['of a job', 'incoming/orders/a.csv', 1],
  ['that was handed to run by name', 'requests/orders/a.csv', 1],
  ['that marks a folder', 'elsewhere/', 0],
  ['of S3 Inventory', 'lists/input/daily/data/1.csv.gz', 1],
])('a file %s is none of these', async (_, key, size) => {
  const world = aDeployedWorld();

  expect(await flag(created(key, { size }), world.deps)).toEqual({ claimed: true });

  expect(records(world)).toEqual([]);
  expect(world.notices).toEqual([]);
});

test('every file is written down, and people are told once a day and folder', async () => {
  const world = aDeployedWorld();
  const drop = (key: string, more = {}) => flag(created(key, more), world.deps);

  await drop('incoming/foo/1.csv');
  await drop('incoming/foo/1.csv');
  await drop('incoming/foo/bar/2.csv', { time: '2026-01-01T23:59:59Z' });
  await drop('incoming/foo/1.csv', { versionId: 'v2', time: '2026-01-02T00:00:00Z' });
  await drop('x.csv');

  expect(records(world)[0]).toMatchObject({ object: { versionId: 'v2' } });
  expect(records(world)).toHaveLength(4);
  expect(world.notices).toHaveLength(3);
});

test('where the notice cannot be sent, the event is tried again and tells once more', async () => {
  const world = aDeployedWorld();
  const failing = {
    ...world.deps,
    state: world.state,
    log: world.deps.log,
    notices: { send: () => Promise.reject(new Error('throttled')) },
  };

  await expect(flag(created('x.csv'), failing)).rejects.toThrow('throttled');
  await flag(created('x.csv'), world.deps);

  expect(world.notices).toHaveLength(1);
});
