import path from 'node:path';

/** The attempts themselves: plain JavaScript, since it runs in a page. */
export const PAGE_SCRIPT = path.join(__dirname, 'page.js');

/** Where an attempt is aimed. */
export interface Aim {
  /** SubmitJob with a forged credential in its query. */
  readonly submit: string;
  /** The body that SubmitJob takes. */
  readonly job: string;
  readonly object: string;
  /** A listing of a bucket, with a forged credential. */
  readonly listing: string;
  /** `Authorization` with a forged signature, by service. */
  readonly authorization: { readonly batch: string; readonly s3: string };
  /** The other port that listens: the lock of the state folder. */
  readonly lock: string;
  readonly webSocket: string;
}

/** What a page got: `read` is what its script could see of an answer. */
export interface Got {
  readonly saw: string;
  readonly read?: string;
}

/** The only attempt whose request does not go to the cloud itself. */
export const LOCK_ATTEMPT = 'fetch, the port of the lock';

/** From a page whose host name leads to this machine, so that the cloud is its own origin. */
export const REBOUND_ATTEMPTS: readonly string[] = [
  'fetch, simple POST, cors',
  'fetch, forged Authorization, cors',
  'fetch, list a bucket',
  'XMLHttpRequest, PUT an object',
  'form, text/plain',
  '<iframe>',
  'WebSocket',
  'window.open',
];

/** From a page of another origin. */
export const ATTEMPTS: readonly string[] = [
  'fetch, simple POST, no-cors',
  'fetch, simple POST, cors',
  'fetch, forged Authorization, cors',
  'fetch, list a bucket',
  'XMLHttpRequest, PUT an object',
  'form, urlencoded',
  'form, text/plain',
  'form, multipart',
  '<img>',
  '<script>',
  '<link rel=stylesheet>',
  '<iframe>',
  'sandboxed frame, POST',
  'navigator.sendBeacon',
  'EventSource',
  'WebSocket',
  'window.open',
  LOCK_ATTEMPT,
];
