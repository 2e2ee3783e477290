import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** Variables of a caller, as the local cloud prints them. */
export type Environment = Readonly<Record<string, string>>;

/** What SDK clients are built with. */
export const credentialsOf = ({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN }: Environment) => ({
  accessKeyId: AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
  ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
});

class Sha256 {
  private readonly hash;

  constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }

  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new RangeError('a hash is used once');
  }
}

export interface Signing {
  readonly environment: Environment;
  readonly service: string;
  /** @default now */
  readonly date?: Date;
}

export interface PlainRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const signerOf = ({ environment, service }: Signing): SignatureV4 =>
  new SignatureV4({
    credentials: credentialsOf(environment),
    region: 'us-east-1',
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });

function unsigned({ url, method = 'GET', headers, body }: PlainRequest) {
  const { protocol, hostname, host, pathname, searchParams } = new URL(url);
  const names = [...new Set(searchParams.keys())];
  const query = Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)]));
  return { protocol, hostname, method, path: pathname, query, headers: { ...headers, host }, body };
}

/** The headers of a signed request, `host` among them. */
export async function signedHeaders(request: PlainRequest, signing: Signing): Promise<Record<string, string>> {
  return (await signerOf(signing).sign(unsigned(request), { signingDate: signing.date })).headers;
}

/** A presigned URL. */
export async function presignedUrl(request: PlainRequest, { expiresIn, ...signing }: Signing & { expiresIn: number }): Promise<string> {
  const { query = {} } = await signerOf(signing).presign(unsigned(request), { signingDate: signing.date, expiresIn });
  const url = new URL(request.url);
  const pairs = Object.entries(query).flatMap(([name, value]) => [value ?? ''].flat().map((one): [string, string] => [name, one]));
  url.search = new URLSearchParams(pairs).toString();
  return url.href.replaceAll('+', '%20');
}

/** `fetch` with a signature, for services that have no client here and requests that no client makes. */
export async function signedFetch(request: PlainRequest, signing: Signing): Promise<Response> {
  const { host: _, ...headers } = await signedHeaders(request, signing);
  return fetch(request.url, { method: request.method, headers, body: request.body });
}
