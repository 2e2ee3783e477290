import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { ApiRequest, Service } from '../kernel/types';
import { Authenticator } from './authenticate';
import { signingNameOf } from './authorization';
import { refuseConnection, replyWithError } from './error-replies';
import type { Keyring } from './keyring';
import { listenOnLoopback } from './port';
import { refusalOf, shownValue } from './screen';

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
}

export interface GatewayOptions {
  readonly stateDir: string;
  /** @default - the port of the last run if it is free, else any free one */
  readonly port?: number;
  /** @default - requests go straight to their service */
  readonly intercept?: Intercept;
  /** The keys whose signatures are served. */
  readonly keyring: Pick<Keyring, 'find'>;
  readonly log: (line: string) => void;
}

interface Exchange {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
}

/** The one HTTP server of all services. */
export class Gateway {
  private admit: (routes: Routes) => void = () => undefined;
  /** Requests wait for it, so that none meets a cloud that is half up or half down. */
  private routes = this.closed();
  private readonly server: Server;
  private readonly authenticator: Authenticator;

  private constructor(private readonly options: GatewayOptions) {
    // No time limits: bodies may be long, and clients keep connections for as long as they like.
    const limits = { keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
    this.server = createServer(limits, (http, response) => void this.serve({ http, response }));
    this.server.on('connect', (http: IncomingMessage, socket: Duplex) => {
      this.logRefusal(http, 'CONNECT is not served');
      refuseConnection(socket);
    });
    this.authenticator = new Authenticator(options);
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

  private async serve(exchange: Exchange): Promise<void> {
    const { http } = exchange;
    // Not `new URL(target, base)`: a target that begins with two slashes would name a host.
    const url = new URL(`http://localhost${http.url?.startsWith('/') ? http.url : '/'}`);
    try {
      const refusal = refusalOf(http);
      if (refusal !== undefined) {
        this.logRefusal(http, refusal);
        throw new ApiError('AccessDenied', refusal, 403);
      }
      await this.dispatch(exchange, url);
    } catch (thrown) {
      this.fail(exchange, signingNameOf(http, url), thrown);
    }
  }

  private async dispatch({ http: received, response }: Exchange, url: URL): Promise<void> {
    const { caller, signingName, http, chunkSignatures } = await this.authenticator.authenticate(received, url).catch((thrown) => {
      if (thrown instanceof ApiError) this.logRefusal(received, `${thrown.code}: ${thrown.message}`);
      throw thrown;
    });
    const { services } = await this.routes;
    const service = services.find((candidate) => candidate.signingName === signingName);
    if (!service) throw new NotEmulatedError(`service ${signingName}`);
    const request: ApiRequest = { http, url, caller, requestId: randomUUID(), ...(chunkSignatures && { chunkSignatures }) };
    const next: Next = (changed) => service.handle(changed?.request ?? request, changed?.response ?? response);
    await (this.options.intercept ? this.options.intercept({ service: signingName, request, response }, next) : next());
  }

  /** Without its query, which may hold a signature. */
  private logRefusal({ method, url = '' }: IncomingMessage, why: string): void {
    this.options.log(`refused ${method} ${shownValue(url.split('?', 1)[0] ?? '')}: ${why}`);
  }

  /** A service that throws has not answered; what it threw is for the log, unless it was meant for the client. */
  private fail(exchange: Exchange, signingName: string, thrown: unknown): void {
    // The client went away while its request was read: there is nobody to answer.
    if ((thrown as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET') return void exchange.response.destroy();
    const foreseen = thrown instanceof ApiError;
    if (!foreseen)
      this.options.log(`${signingName} ${exchange.http.method} ${exchange.http.url}: ${thrown instanceof Error ? thrown.stack : thrown}`);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    replyWithError(exchange, signingName, foreseen ? thrown : new ApiError('InternalFailure', String(thrown), 500));
  }
}
