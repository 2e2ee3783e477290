import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SubmitJobCommand, type SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Browser, Page } from 'playwright-core';
import { type Aim, ATTEMPTS, type Got, LOCK_ATTEMPT, PAGE_SCRIPT, REBOUND_ATTEMPTS } from './browser/attempts';
import { launch, REBOUND, serveAttacker } from './browser/chromium';
import { Target } from './browser/target';

/** How long a browser may take over one attempt. */
const PATIENCE_MS = 5000;
/** What the log of the cloud needs to arrive. */
const LOG_MS = 300;
/** What a job would need to leave its mark, if one had been submitted. */
const SETTLE_MS = 3000;
const CONTROL_MS = 60_000;
const NAME_WIDTH = 36;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A job that leaves a file behind, by code that Node loads before its own: what a page would want to submit. */
function maliciousJob(folder: string): { readonly mark: string; readonly environment: SubmitJobCommandInput['containerOverrides'] } {
  const [code, mark] = [path.join(folder, 'code.cjs'), path.join(folder, 'mark')];
  writeFileSync(code, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');`);
  return { mark, environment: { environment: [{ name: 'NODE_OPTIONS', value: `--require=${code}` }] } };
}

interface World {
  readonly target: Target;
  readonly job: SubmitJobCommandInput;
}

/** The page knows everything but the secret: even the operator's access key id. */
function aimAt(origin: string, { target, job }: World): Aim {
  const { AWS_ACCESS_KEY_ID: id = '' } = target.announced.environment;
  const { input = '' } = target.announced.buckets;
  const scope = (service: string): string => `${id}/20260101/us-east-1/${service}/aws4_request`;
  const query = (service: string): string => `X-Amz-Credential=${encodeURIComponent(scope(service))}`;
  const forged = (service: string): string =>
    `AWS4-HMAC-SHA256 Credential=${scope(service)}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
  return {
    submit: `${origin}/v1/submitjob?${query('batch')}`,
    job: JSON.stringify(job),
    object: `${origin}/${input}/incoming/lines/stolen`,
    listing: `${origin}/${input}?list-type=2&${query('s3')}`,
    authorization: { batch: forged('batch'), s3: forged('s3') },
    lock: `http://127.0.0.1:${target.lockPort}/`,
    webSocket: origin.replace('http:', 'ws:'),
  };
}

/** What a page may know of the cloud: that it refuses. */
const isRefusal = (text: string): boolean => text === '' || /is not served|are not served/.test(text);

interface Attack {
  readonly aim: Aim;
  readonly target: Target;
}

async function makeAttempt(page: Page, name: string, aim: Aim): Promise<Got> {
  const made = page.evaluate(`window.attempts[${JSON.stringify(name)}](${JSON.stringify(aim)})`) as Promise<Got>;
  const thrown = (error: Error): Got => ({ saw: error.message.split('\n')[0]?.replace('page.evaluate: ', '') ?? '' });
  return Promise.race([made.catch(thrown), sleep(PATIENCE_MS, { saw: 'nothing at all' })]);
}

/** Whether the page could read nothing, and the cloud refused what came. */
async function attempt(page: Page, name: string, { aim, target }: Attack): Promise<boolean> {
  target.takeLog();
  const { saw, read = '' } = await makeAttempt(page, name, aim);
  await sleep(LOG_MS);
  const [refused] = target.takeLog().filter((line) => line.includes('refused '));
  const ok = isRefusal(read) && (name === LOCK_ATTEMPT || refused !== undefined);
  print(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(NAME_WIDTH)} page:  ${saw}${read === '' ? '' : `: ${JSON.stringify(read.slice(0, 120))}`}`);
  if (refused) print(`     ${''.padEnd(NAME_WIDTH)} cloud: ${refused.replace(/^.*?refused/, 'refused').slice(0, 140)}`);
  return ok;
}

async function attack(page: Page, attempts: readonly string[], what: Attack): Promise<number> {
  await page.addScriptTag({ path: PAGE_SCRIPT });
  let failures = 0;
  for (const one of attempts) if (!(await attempt(page, one, what))) failures += 1;
  return failures;
}

/** From another origin, by both names of this machine. */
async function attackAcross(browser: Browser, world: World): Promise<number> {
  const { target } = world;
  const site = await serveAttacker();
  const page = await browser.newPage();
  await page.goto(site.url);
  print(`\na page of ${site.url} against ${target.announced.endpoint}`);
  const failures = await attack(page, ATTEMPTS, { aim: aimAt(target.announced.endpoint, world), target });
  print(`\nthe same page against localhost:${target.port}`);
  const more = await attack(page, ATTEMPTS.slice(0, 5), { aim: aimAt(`http://localhost:${target.port}`, world), target });
  await page.close();
  await site.close();
  return failures + more;
}

/** The attacker's name led to its own server for the page, and leads to this machine from then on. */
async function attackRebound(browser: Browser, world: World): Promise<number> {
  const origin = `http://${REBOUND}:${world.target.port}`;
  const page = await browser.newPage();
  await page.route(`${origin}/page`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }));
  await page.goto(`${origin}/page`);
  print(`\na page of ${origin}, whose name now leads to 127.0.0.1`);
  const failures = await attack(page, REBOUND_ATTEMPTS, { aim: aimAt(origin, world), target: world.target });
  await page.close();
  return failures;
}

const check = (ok: boolean, what: string): number => {
  print(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
  return ok ? 0 : 1;
};

async function waitFor(file: string): Promise<boolean> {
  for (const end = Date.now() + CONTROL_MS; Date.now() < end; await sleep(200)) if (existsSync(file)) return true;
  return false;
}

/** The very same requests, signed: they work, so it was the signature that was missing. */
async function control({ target, job }: World, mark: string): Promise<number> {
  print('\ncontrol: the same requests, signed by the AWS SDK with the printed key');
  const { jobId } = await target.batch.send(new SubmitJobCommand(job));
  const object = { Bucket: target.announced.buckets.input, Key: 'elsewhere/mine' };
  await target.s3.send(new PutObjectCommand({ ...object, Body: 'mine' }));
  const read = await (await target.s3.send(new GetObjectCommand(object))).Body?.transformToString();
  const { jobs } = await target.snapshot();
  return (
    check(jobs.includes(jobId ?? '') && (await waitFor(mark)), 'the job was submitted and its code ran') +
    check(read === 'mine', 'an object was written and read')
  );
}

async function run(folder: string): Promise<number> {
  const target = await Target.start(path.join(folder, 'state'));
  const browser = await launch();
  try {
    const { mark, environment: containerOverrides } = maliciousJob(folder);
    const world: World = { target, job: { ...(await target.jobNames()), jobName: 'from-a-page', containerOverrides } };
    print(`chromium ${browser.version()}; every attempt forges the operator's access key id and lacks the secret`);
    const before = await target.snapshot();
    const failures = (await attackAcross(browser, world)) + (await attackRebound(browser, world));
    await sleep(SETTLE_MS);
    const after = await target.snapshot();
    const { objects, jobs, executions } = after;
    print('');
    const changed = check(
      isDeepStrictEqual(before, after),
      `state before and after is the same: ${objects.length} object versions, ${jobs.length} jobs, ${executions.length} executions`,
    );
    return failures + changed + check(!existsSync(mark), 'no code of the page ran') + (await control(world, mark));
  } finally {
    await browser.close();
    await target.stop();
  }
}

async function main(): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const folder = mkdtempSync(path.join(os.tmpdir(), 'batchwright-browser-'));
  try {
    const failures = await run(folder);
    print(failures === 0 ? '\nall attempts were refused' : `\n${failures} FAILED`);
    process.exitCode = failures === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
