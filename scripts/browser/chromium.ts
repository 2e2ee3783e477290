import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's browser, installed where it is missing. */
function findChromium(): string {
  const found = PLACES.find((place) => existsSync(place));
  if (found !== undefined) return found;
  process.stdout.write('installing Debian’s chromium\n');
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  execFileSync('apt-get', ['install', '-qq', '--yes', '--no-install-recommends', 'chromium'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return '/usr/bin/chromium';
}

/** Names that an attacker owns; the second one "rebinds" to this machine. */
export const ATTACKER = 'attacker.test';
export const REBOUND = 'evil.test';

/**
 * The attacker's DNS points all of its names at this machine. Chromium's own guard of local networks is off, which
 * other browsers do not have: what is tested is the cloud's.
 */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,BlockInsecurePrivateNetworkRequests',
      `--host-resolver-rules=MAP ${ATTACKER} 127.0.0.1, MAP ${REBOUND} 127.0.0.1`,
    ],
  });

export interface AttackerSite {
  /** A page of another origin. */
  readonly url: string;
  close(): Promise<void>;
}

/** The attacker's own web server: an empty page, into which the attempts are put. */
export async function serveAttacker(): Promise<AttackerSite> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>attacker</title>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://${ATTACKER}:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
