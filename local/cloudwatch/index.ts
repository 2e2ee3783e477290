import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { serveAwsJson } from '../kernel/http';
import type { ApiRequest, Kernel, ResourceProvider, Service } from '../kernel/types';
import { nameOf } from '../messaging/names';
import { propertiesOf } from '../messaging/properties';
import { type Alarm, alarmOf } from './alarm';
import type { MetricSink } from './metric';
import { alarmArn, cloudWatchOperations } from './operations';
import { MetricStore } from './store';

const NAME_LIMIT = 255;

const DashboardProperties = z.strictObject({ DashboardName: z.string().optional(), DashboardBody: z.string() });

const providersOf = (alarms: Map<string, Alarm>, dashboards: Map<string, string>): readonly ResourceProvider[] => [
  {
    type: 'AWS::CloudWatch::Alarm',
    identify: (identity) => {
      const name = nameOf(identity, 'AlarmName', NAME_LIMIT);
      return { ref: name, attributes: { Arn: alarmArn(name) } };
    },
    create: async (resource) => void alarms.set(resource.ref, alarmOf(resource)),
  },
  {
    type: 'AWS::CloudWatch::Dashboard',
    identify: (identity) => ({ ref: nameOf(identity, 'DashboardName', NAME_LIMIT), attributes: {} }),
    create: async (resource) => void dashboards.set(resource.ref, propertiesOf(DashboardProperties, resource).DashboardBody),
  },
];

/** The SDK compresses large PutMetricData requests. */
function inflated(request: ApiRequest): ApiRequest {
  if (request.http.headers['content-encoding'] !== 'gzip') return request;
  const body = request.http.pipe(createGunzip());
  return { ...request, http: Object.assign(body, { headers: request.http.headers }) as unknown as IncomingMessage };
}

/** CloudWatch: metrics from log lines and from callers, alarms judged when somebody looks, dashboards kept. */
export function createCloudWatch(kernel: Kernel, now: () => number = Date.now): Service & MetricSink {
  const store = new MetricStore(kernel.stateDir);
  const alarms = new Map<string, Alarm>();
  const dashboards = new Map<string, string>();
  const operations = cloudWatchOperations({ kernel, store, alarms, dashboards, now });
  return {
    signingName: 'monitoring',
    handle: (request, response) => serveAwsJson(operations, inflated(request), response),
    providers: providersOf(alarms, dashboards),
    start: async () => undefined,
    stop: async () => undefined,
    record: (data) => store.record(data),
  };
}
