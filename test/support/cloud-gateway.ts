import type { ServerResponse } from 'node:http';
import { ADMIN, callersByKey } from '../../local/gateway/credentials';
import { Gateway, type GatewayOptions } from '../../local/gateway/gateway';
import type { ApiRequest, Service } from '../../local/kernel/types';
import { temporaryFolder } from './cloud-assembly';

export const ROLE_ARN = 'arn:aws:iam::000000000000:role/worker';

/** A service that answers every request with the ARN of its caller. */
export const anEcho = (signingName: string, handle?: (request: ApiRequest, response: ServerResponse) => Promise<void>): Service => ({
  signingName,
  handle: handle ?? (async ({ caller }, response) => void response.end(caller.arn)),
  providers: [],
  start: async () => undefined,
  stop: async () => undefined,
});

/** What a client signs with, for one service. */
export const signedBy = (accessKeyId: string, service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261123/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

export const asAdmin = (service: string) => signedBy('admin', service);

export interface OpenGateway {
  readonly gateway: Gateway;
  readonly endpoint: string;
  readonly lines: readonly string[];
}

/** A gateway with these services, for the admin and one role. */
export async function anOpenGateway(services: readonly Service[], options: Partial<GatewayOptions> = {}): Promise<OpenGateway> {
  const lines: string[] = [];
  const { gateway, endpoint } = await Gateway.listen({ stateDir: temporaryFolder(), log: (line) => void lines.push(line), ...options });
  gateway.open({ services, callers: callersByKey([ROLE_ARN]) });
  return { gateway, endpoint, lines };
}

export const ADMIN_ARN = ADMIN.arn;
