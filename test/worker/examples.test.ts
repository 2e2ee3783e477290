import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'yaml';
import { Chunk } from '../../core/contracts';
import { chunkId } from '../../core/keys';
import { withRun } from './a-run';

const DATA = path.resolve('node_modules/vega-datasets/data');
const job = (name: string) => parse(readFileSync(`jobs/${name}.yaml`, 'utf8'));
const schema = (name: string) => JSON.parse(readFileSync(`jobs/schemas/${name}.schema.json`, 'utf8'));

test('bird strikes: real reports are cleaned by a TypeScript function, and those outside the catalogue are set aside', async () => {
  const options = {
    files: [readFileSync(`${DATA}/birdstrikes.csv`)],
    spec: job('birdstrikes'),
    schemas: { input: schema('birdstrikes'), output: schema('strikes') },
  };
  await withRun({ ...options, chunkBytes: 256 * 1024 }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 10_000, written: 9_974, filtered: 11, quarantined: 15 });
    expect((await run.quarantined()).every(({ reason }) => reason.includes('"Effect Amount of damage" must be equal to one of'))).toBe(
      true,
    );
    const [summary] = await run.rows(`SELECT count(*) AS n, min(date)::VARCHAR AS first, max(severity) AS worst, sum(total_usd) AS usd,
      count(*) FILTER (species IS NULL) > 0 AS some_unknown, any_value(typeof(speed_kmh)) AS speed FROM read_parquet(FILES)`);
    expect(summary).toMatchObject({ n: '9974', first: '1990-01-08', some_unknown: true, speed: 'BIGINT' });
    expect(run.markers().length).toBeGreaterThan(3);
  });
});

test('flights: SQL gives what DuckDB alone gives on the whole file, row for row', async () => {
  const spec = job('flights');
  const flights = await flightsCsv(20_000);
  await withRun({ files: [flights], spec, schemas: { input: schema('flights') }, chunkBytes: 200_000 }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toMatchObject({ read: 20_000, quarantined: 0 });
    const source = `(FROM '${DATA}/flights-3m.parquet' LIMIT 20000)`;
    const expected = `WITH input AS (SELECT * FROM ${source}) ${spec.process.sql}`;
    const [difference] = await run.rows(`SELECT
      (SELECT count(*) FROM (FROM read_parquet(FILES) EXCEPT ALL (${expected}\n))) AS extra,
      (SELECT count(*) FROM ((${expected}\n) EXCEPT ALL FROM read_parquet(FILES))) AS missing`);
    expect(difference).toEqual({ extra: '0', missing: '0' });
  });
});

async function flightsCsv(rows: number): Promise<Buffer> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(
    `SELECT concat_ws(',', date, delay, distance, origin, destination) AS line FROM '${DATA}/flights-3m.parquet' LIMIT ${rows}`,
  );
  const lines = result.getRows().map(([line]) => `${String(line)}\n`);
  connection.closeSync();
  instance.closeSync();
  return Buffer.from(`date,delay,distance,origin,destination\n${lines.join('')}`);
}

test('thumbnails: pictures go through a program as whole files, and one that is none is set aside', async () => {
  const pictures = ['7zip.png', 'ffox.png', 'gimp.png'].map((name) => readFileSync(`${DATA}/${name}`));
  const cut = pictures[0]!.subarray(0, 1000);
  const files = [...pictures, 'not a picture', cut];
  const ranges = files.map((file, object) => ({ object, start: 0, end: Buffer.byteLength(file) }));
  await withRun({ files, spec: job('thumbnails'), chunks: [Chunk.parse({ id: chunkId(0), ranges })] }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toMatchObject({ read: 5, written: 3, quarantined: 2 });
    expect((await run.quarantined()).map(({ reason }) => reason)).toEqual(['is no PNG picture', 'ends too early']);
    const keys = await run.publish();
    expect(keys.map((key) => path.basename(key))).toEqual(['0000-file-0', '0001-file-1', '0002-file-2', 'pictures.jsonl']);
    const small = await run.output.read(keys[0]!);
    // Width and height stand behind the signature and the name of the header.
    expect([small.subarray(1, 4).toString(), small.readUInt32BE(16), small.readUInt32BE(20)]).toEqual(['PNG', 25, 25]);
    const [first] = (await run.output.read(keys[3]!)).toString().split('\n');
    expect(JSON.parse(first!)).toEqual({ file: '0000-file-0', width: 100, height: 100, thumbnail: [25, 25] });
  });
});
