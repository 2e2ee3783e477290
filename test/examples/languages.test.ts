import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { answersOrders, digestsFiles, GUIDE } from '../support/command-examples';
import { writeExamples } from '../support/doc-examples';
import { withRun } from '../worker/a-run';

/** Examples in languages that a machine may lack, so they are no part of `npm test`: `npm run test:examples` wants python3 and go. */

const folder = mkdtempSync(path.join(os.tmpdir(), 'guide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeExamples(GUIDE, folder);

const gross = ({ id, amount }: { id: number; amount: number }) => ({ id, gross: 2 * amount });

/** As the guide tells its readers to; with the toolchain that is there, and no network. */
function goBuild(name: string): void {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOPROXY: 'off', GOFLAGS: '' };
  execFileSync('go', ['build', '-o', name, `${name}.go`], { cwd: folder, env });
}

describe('Python', () => {
  test('answers records', async () => {
    await answersOrders(['python3', 'answer.py'], folder, gross);
  });

  test('digests files', async () => {
    await digestsFiles(['python3', 'digest.py'], folder);
  });

  test('ZIP codes: a program places them, and no record is lost between the two processes', async () => {
    const files = [readFileSync('node_modules/vega-datasets/data/zipcodes.csv')];
    const spec = parse(readFileSync('jobs/zipcodes.yaml', 'utf8'));
    const input = JSON.parse(readFileSync('jobs/schemas/zipcodes.schema.json', 'utf8'));
    const lines = files[0]?.toString().trim().split('\n').slice(1) ?? [];
    const placed = lines.filter((line) => !/,(FM|MH|PW),/.test(line)).map((line) => line.slice(0, 5));
    await withRun({ files, spec, schemas: { input }, chunkBytes: 512 * 1024 }, async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: 42_049, written: 42_042, filtered: 7, quarantined: 0 });
      const rows = await run.rows("SELECT zip_code, region, cell FROM read_json(FILES, format = 'newline_delimited')");
      expect(rows).toHaveLength(42_042);
      expect(rows[0]).toEqual({ zip_code: '00501', region: 'Northeast', cell: '40:-73' });
      expect(rows.map(({ zip_code }) => zip_code)).toEqual(placed);
    });
  });
});

describe('Go', () => {
  test('answers records', async () => {
    goBuild('answer');

    await answersOrders(['./answer'], folder, gross);
  }, 120_000);

  test('digests files', async () => {
    goBuild('digest');

    await digestsFiles(['./digest'], folder);
  }, 120_000);
});
