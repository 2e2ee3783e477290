import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { AttemptFaults } from '../kernel/disturbances';
import { serveJson } from '../kernel/http';
import type { ApiRequest, EventBus, Kernel, LogSink, Service } from '../kernel/types';
import { Catalog } from './catalog';
import { Definitions } from './definitions';
import { Engine } from './engine';
import { Herald } from './herald';
import { Launcher } from './launcher';
import { Ledger } from './ledger';
import { MINIMUM_TIMEOUT_SECONDS } from './limits';
import { MemoryGuard } from './memory-guard';
import { batchOperations } from './operations';
import { endLost, resume } from './recovery';
import { batchProviders } from './resources';
import { Slices } from './slices';
import { Slots } from './slots';

export interface BatchOptions {
  /** vCPUs that jobs may use at once on this machine.
   *  @default one per core */
  readonly vcpus?: number;
  /** Shortest timeout that a definition or submission may have; only tests have reason to change it.
   *  @default 60 */
  readonly minimumTimeoutSeconds?: number;
  /** How often the memory of running jobs is measured.
   *  @default 200 */
  readonly memoryIntervalMs?: number;
  /** Clock in milliseconds.
   *  @default Date.now */
  readonly now?: () => number;
  /** @default - nothing comes between */
  readonly faults?: AttemptFaults;
}

export interface BatchService extends Service {
  /** Ends a running job as Fargate Spot does when it wants its capacity back; false when the job does not run. */
  reclaim(jobId: string): boolean;
}

const MEMORY_INTERVAL_MS = 200;

/** Tags have the resource in their path, and the verb says what is wanted of them. */
function operationName({ http, url }: ApiRequest): string {
  const [, , name = ''] = url.pathname.split('/');
  if (name !== 'tags') return name;
  return { GET: 'listtagsforresource', POST: 'tagresource' }[http.method ?? ''] ?? 'untagresource';
}

function assemble(kernel: Kernel, wires: { readonly bus: EventBus; readonly logs: LogSink }, options: BatchOptions) {
  const { vcpus = availableParallelism(), minimumTimeoutSeconds = MINIMUM_TIMEOUT_SECONDS, now = Date.now } = options;
  const folder = path.join(kernel.stateDir, 'batch');
  const log = (line: string) => kernel.log(line);
  const guard = new MemoryGuard(options.memoryIntervalMs ?? MEMORY_INTERVAL_MS, log);
  const ledger = new Ledger(path.join(folder, 'jobs.jsonl'), now);
  const herald = new Herald(ledger, wires.bus, log);
  const launcher = new Launcher(kernel, wires.logs, guard, options.faults);
  const slots = new Slots(vcpus);
  const slices = new Slices();
  const engine = new Engine({ ledger, herald, slots, launcher, slices, now, log });
  const definitions = new Definitions(path.join(folder, 'definitions.json'));
  return {
    kernel,
    catalog: new Catalog(),
    definitions,
    ledger,
    engine,
    minimumTimeoutSeconds,
    now,
    slots,
    vcpus,
    guard,
    herald,
    launcher,
    slices,
  };
}

/** AWS Batch whose children are processes of this machine, with slots, measured memory, timeouts and retries. */
export function createBatch(kernel: Kernel, bus: EventBus, logs: LogSink, options: BatchOptions = {}): BatchService {
  const parts = assemble(kernel, { bus, logs }, options);
  const { engine, ledger, slots, herald, launcher, slices, guard } = parts;
  const operations = batchOperations(parts);
  return {
    signingName: 'batch',
    providers: batchProviders(parts),
    handle: (request, response) => serveJson(operations, operationName(request), request, response),
    start: async () => {
      herald.tell();
      await endLost(ledger);
      launcher.clean();
      resume(ledger, engine, (arn) => slots.has(arn));
    },
    stop: async () => {
      slices.stop();
      herald.stop();
      await engine.stop();
      launcher.stop();
      guard.stop();
      ledger.compact();
    },
    reclaim: (jobId) => engine.reclaim(jobId),
  };
}
