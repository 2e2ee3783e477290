/**
 * Defaults that the SDK leaves dangerous: it waits for ever on a hung socket, and gives up on throttling after about 4 s.
 * The request time-out is for one attempt, up to its first byte; the socket's is for a body that stands still.
 */
export const clientOptions = () => ({
  maxAttempts: 8,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, socketTimeout: 60_000, throwOnRequestTimeout: true },
});
