import type { Caller } from '../kernel/types';

/** A service that calls another one on behalf of a resource, which the callee's policy may name as `aws:SourceArn`. */
export interface ServiceCaller extends Caller {
  readonly sourceArn: string;
}

/** The caller that stands for a service principal, e.g. `events.amazonaws.com`. */
export const serviceCaller = (principal: string, sourceArn: string): ServiceCaller => ({
  kind: 'role',
  arn: `service:${principal}`,
  sourceArn,
});
