/** Names of a run's executions: the run's own id, then one for each redrive; run ids leave room for the endings. */
export const executionName = (runId: string, drive = 0): string => (drive === 0 ? runId : `${runId}_r${drive}`);

/** The execution that only commits and reports, for a drive whose own execution ended without a report; the first one of a drive is numbered 0. */
export const closingName = (runId: string, drive = 0, closing = 0): string => `${runId}_c${drive}${closing === 0 ? '' : `_${closing}`}`;
