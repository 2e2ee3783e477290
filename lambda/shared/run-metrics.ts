/** What a finished run adds to its job's metrics. */
export type RunMetricName =
  | 'RunsSucceeded'
  | 'RunsFailed'
  | 'RecordsRead'
  | 'RecordsWritten'
  | 'RecordsQuarantined'
  | 'BytesRead'
  | 'BytesWritten'
  | 'Chunks'
  | 'CostUsd'
  | 'WastedUsd'
  | 'RunSeconds';

export interface RunMetrics {
  publish(job: string, values: Readonly<Partial<Record<RunMetricName, number>>>): void;
}
