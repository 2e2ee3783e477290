import type { ServerResponse } from 'node:http';
import { Gateway, type GatewayOptions } from '../../local/gateway/gateway';
import { Keyring, OPERATOR } from '../../local/gateway/keyring';
import type { ApiRequest, Service } from '../../local/kernel/types';
import { temporaryFolder } from './cloud-assembly';
import { type Environment, type PlainRequest, signedFetch } from './signed-fetch';

export const ROLE_ARN = 'arn:aws:iam::000000000000:role/worker';

/** A service that answers every request with the ARN of its caller. */
export const anEcho = (signingName: string, handle?: (request: ApiRequest, response: ServerResponse) => Promise<void>): Service => ({
  signingName,
  handle: handle ?? (async ({ caller }, response) => void response.end(caller.arn)),
  providers: [],
  start: async () => undefined,
  stop: async () => undefined,
});

export interface OpenGateway {
  readonly gateway: Gateway;
  readonly endpoint: string;
  readonly lines: readonly string[];
  /** Variables of the operator. */
  readonly operator: Environment;
  /** Variables of a session of the role. */
  readonly role: Environment;
  /** A request signed by the operator; `path` begins with a slash. */
  send(service: string, path: string, request?: Omit<PlainRequest, 'url'>): Promise<Response>;
}

/** A gateway with these services, for the operator and one role. */
export async function anOpenGateway(services: readonly Service[], options: Partial<GatewayOptions> = {}): Promise<OpenGateway> {
  const lines: string[] = [];
  const stateDir = options.stateDir ?? temporaryFolder();
  const keyring = new Keyring(stateDir);
  const { gateway, endpoint } = await Gateway.listen({ keyring, log: (line) => void lines.push(line), ...options, stateDir });
  gateway.open({ services });
  const operator = keyring.operatorEnvironment(endpoint);
  return {
    gateway,
    endpoint,
    lines,
    operator,
    role: keyring.openSession(endpoint, ROLE_ARN),
    send: (service, path, request) => signedFetch({ ...request, url: `${endpoint}${path}` }, { environment: operator, service }),
  };
}

export const ADMIN_ARN = OPERATOR.arn;
