import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessDeniedError } from '../../local/kernel/errors';
import type { AccessRequest, Caller, DeployedResource, Kernel, Service } from '../../local/kernel/types';

export const ADMIN: Caller = { kind: 'admin', arn: 'arn:aws:iam::000000000000:user/admin' };

/** A kernel that allows what is not denied and remembers what was asked, with a real HTTP port for the services it serves. */
export interface TestKernel extends Kernel {
  readonly asked: AccessRequest[];
  readonly lines: string[];
  /** Denies an action from now on, on one resource or all. */
  deny(action: string, resource?: string): void;
  allow(action: string): void;
  serve(...services: Service[]): void;
  /** For the constructor of an SDK client. */
  readonly client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string }; maxAttempts: number };
  close(): Promise<void>;
}

interface Denials {
  readonly denied: { action: string; resource?: string }[];
}

function accessOf(asked: AccessRequest[], { denied }: Denials): (request: AccessRequest) => void {
  return (request) => {
    asked.push(request);
    if (denied.some(({ action, resource }) => action === request.action && (resource ?? request.resource) === request.resource)) {
      throw new AccessDeniedError(`${request.caller.arn} is not authorized to perform ${request.action} on ${request.resource}`);
    }
  };
}

function serverOf(services: Map<string, Service>) {
  let requests = 0;
  return createServer((http, response) => {
    const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(http.headers.authorization ?? '')?.[1] ?? '';
    const service = services.get(scope);
    const url = new URL(http.url ?? '/', 'http://127.0.0.1');
    if (!service) return void response.writeHead(404).end(`no service ${scope}`);
    service.handle({ http, url, caller: ADMIN, requestId: `request-${++requests}` }, response).catch((thrown) => {
      response.writeHead(500).end(String(thrown));
    });
  });
}

const clientOf = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIALOCALADMIN', secretAccessKey: 'secret' },
  maxAttempts: 1,
});

/** `stateDir` is kept when given, so that a second kernel can take up what a first one left. */
export async function aKernel(stateDir?: string): Promise<TestKernel> {
  const folder = stateDir ?? mkdtempSync(join(tmpdir(), 'batchwright-'));
  const services = new Map<string, Service>();
  const server = serverOf(services);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: AccessRequest[] = [];
  const denials: Denials = { denied: [] };
  const lines: string[] = [];
  return {
    stateDir: folder,
    endpoint,
    asked,
    lines,
    authorize: accessOf(asked, denials),
    environmentFor: (roleArn) => ({ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: roleArn }),
    log: (line) => void lines.push(line),
    deny: (action, resource) => void denials.denied.push({ action, resource }),
    allow: (action) => void denials.denied.splice(0, denials.denied.length, ...denials.denied.filter((d) => d.action !== action)),
    serve: (...added) => {
      for (const service of added) services.set(service.signingName, service);
    },
    client: clientOf(endpoint),
    close: async () => {
      for (const service of services.values()) await service.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      if (stateDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Declaration {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly logicalId?: string;
  readonly assets?: Readonly<Record<string, string>>;
}

/** Brings one resource up as the loader of templates does; intrinsics are resolved already. */
export async function deploy(service: Service, type: string, declaration: Declaration = {}): Promise<DeployedResource> {
  const { properties = {}, logicalId = type.split('::').at(-1) ?? type, assets = {} } = declaration;
  const provider = service.providers.find((p) => p.type === type);
  if (!provider) throw new Error(`no provider for ${type}`);
  const identity = { stackName: 'Test', logicalId, type, properties };
  const names = provider.identify({ ...identity, resolve: (value) => value });
  const resource = { ...identity, ...names, assetPath: (locator: string) => assets[locator] ?? `/no/asset/${locator}` };
  await provider.create(resource);
  return resource;
}

/** Waits until a condition holds; fails with what was waited for. */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
