import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { ApiRequest, Caller, Service } from '../kernel/types';
import { type Credential, credentialOf } from './credentials';
import { replyWithError } from './error-replies';
import { listenOnLoopback } from './port';

/** A request on its way to its service. */
export interface Interception {
  readonly service: string;
  readonly request: ApiRequest;
  readonly response: ServerResponse;
}

/** Serves the request, or a changed one, into its own response or another. */
export type Next = (changed?: Pick<Interception, 'request' | 'response'>) => Promise<void>;

/** Stands between clients and services: may answer itself, wait, cut the connection, or do so after `next` has taken effect. */
export type Intercept = (interception: Interception, next: Next) => Promise<void>;

/** What the gateway needs to serve requests; known only after the port is, because services are built with it. */
export interface Routes {
  readonly services: readonly Service[];
  readonly callers: ReadonlyMap<string, Caller>;
}

export interface GatewayOptions {
  readonly stateDir: string;
  /** @default - the port of the last run if it is free, else any free one */
  readonly port?: number;
  /** @default - requests go straight to their service */
  readonly intercept?: Intercept;
  readonly log: (line: string) => void;
}

const NO_CREDENTIAL: Credential = { accessKeyId: '', signingName: '' };

function assertSigned(credential: Credential | undefined): Credential {
  if (credential) return credential;
  throw new ApiError(
    'MissingAuthenticationToken',
    'request is not signed: set the variables that the local cloud prints (see docs/local-cloud.md)',
    403,
  );
}

/** The one HTTP server of all services. */
export class Gateway {
  private admit: (routes: Routes) => void = () => undefined;
  /** Requests wait for it, so that none meets a cloud that is half up or half down. */
  private routes = this.closed();
  private readonly server: Server;

  private constructor(private readonly options: GatewayOptions) {
    // No time limits: bodies may be long, and clients keep connections for as long as they like.
    const limits = { keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
    this.server = createServer(limits, (http, response) => void this.serve(http, response));
  }

  /** Takes the port; requests wait until `open`. */
  static async listen(options: GatewayOptions): Promise<{ readonly gateway: Gateway; readonly endpoint: string }> {
    const gateway = new Gateway(options);
    const endpoint = await listenOnLoopback(gateway.server, options.stateDir, options.port);
    return { gateway, endpoint };
  }

  /** Starts to serve. */
  open(routes: Routes): void {
    this.admit(routes);
  }

  /** From now on requests wait again, as they would for a machine that was switched off. */
  hold(): void {
    this.routes = this.closed();
  }

  /** Cuts every connection and frees the port. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private closed(): Promise<Routes> {
    return new Promise((resolve) => {
      this.admit = resolve;
    });
  }

  private async serve(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(http.url ?? '/', 'http://localhost');
    const credential = credentialOf(http, url);
    try {
      await this.dispatch({ http, response, url }, assertSigned(credential));
    } catch (thrown) {
      this.fail({ http, response }, credential ?? NO_CREDENTIAL, thrown);
    }
  }

  private async dispatch(
    { http, response, url }: { http: IncomingMessage; response: ServerResponse; url: URL },
    { accessKeyId, signingName }: Credential,
  ): Promise<void> {
    const { callers, services } = await this.routes;
    const caller = callers.get(accessKeyId);
    if (!caller) throw unknownKey(accessKeyId, signingName);
    const service = services.find((candidate) => candidate.signingName === signingName);
    if (!service) throw new NotEmulatedError(`service ${signingName}`);
    const request: ApiRequest = { http, url, caller, requestId: randomUUID() };
    const next: Next = (changed) => service.handle(changed?.request ?? request, changed?.response ?? response);
    await (this.options.intercept ? this.options.intercept({ service: signingName, request, response }, next) : next());
  }

  /** A service that throws has not answered; what it threw is for the log, unless it was meant for the client. */
  private fail(exchange: { http: IncomingMessage; response: ServerResponse }, { signingName }: Credential, thrown: unknown): void {
    const foreseen = thrown instanceof ApiError;
    if (!foreseen)
      this.options.log(`${signingName} ${exchange.http.method} ${exchange.http.url}: ${thrown instanceof Error ? thrown.stack : thrown}`);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    replyWithError(exchange, signingName, foreseen ? thrown : new ApiError('InternalFailure', String(thrown), 500));
  }
}

/** S3 has its own name for this; all others share one. */
const unknownKey = (accessKeyId: string, signingName: string): ApiError =>
  new ApiError(
    signingName === 's3' ? 'InvalidAccessKeyId' : 'InvalidClientTokenId',
    `access key ${accessKeyId} belongs to no role of the templates: set the variables that the local cloud prints`,
    403,
  );
