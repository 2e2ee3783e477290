import { request as httpRequest } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  /** As it goes over the wire; nothing is normalized. @default the path of the URL */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request with exactly these headers, Host and Origin among them, which `fetch` does not let one choose. */
export function rawRequest(url: string, { method = 'GET', target, headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      hostname,
      port,
      method,
      path: target ?? pathname + search,
      headers: headers as Record<string, string>,
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces).toString('utf8') }),
      );
      answer.on('error', reject);
    });
    sent.end(body);
  });
}
