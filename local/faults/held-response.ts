import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** An answer that has not left yet. */
export interface HeldResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers of one connection, not of the answer. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding']);

function parse(raw: Buffer): HeldResponse {
  const end = raw.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = raw.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers.filter(([name]) => !HOP_BY_HOP.has(name))),
    body: raw.subarray(end + 4),
  };
}

/** Lets a service answer and keeps what it says: by then the request has taken effect, and nobody has heard of it. */
export async function holdResponse(http: IncomingMessage, serve: (response: ServerResponse) => Promise<void>): Promise<HeldResponse> {
  const pieces: Buffer[] = [];
  const nowhere = new Duplex({
    read: () => undefined,
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece);
      done();
    },
  });
  const response = new ServerResponse(http);
  // Without a length the body would be cut into chunks, which are the connection's business too.
  response.useChunkedEncodingByDefault = false;
  response.assignSocket(nowhere as Socket);
  // A server would pass this on from its connections.
  nowhere.on('drain', () => response.emit('drain'));
  const finished = new Promise<void>((resolve) => {
    response.once('finish', resolve);
    response.once('close', resolve);
  });
  await serve(response);
  await finished;
  return parse(Buffer.concat(pieces));
}
