/** One JSON object per line; `fields` name things and count them, and never carry data. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Writes log lines with the fields that every line of the task shares. */
export const logTo =
  (write: (line: string) => void, shared: Readonly<Record<string, unknown>>): Log =>
  (event, fields = {}) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), event, ...shared, ...fields })}\n`);
