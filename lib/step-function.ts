import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE } from './names';
import { allow, type Permission } from './permissions';

/** The steps, in flow order, then those beside it; each is `lambda/<step>.ts` and a function of its own. */
export const STEPS = ['intake', 'plan', 'redrive', 'submit', 'settle', 'assess', 'commit', 'report', 'sweep', 'collect', 'flag'] as const;
export type Step = (typeof STEPS)[number];

/** Memory buys CPU: 1,769 MB is one vCPU. Time limits are what the largest run needs, at most Lambda's 15 minutes. */
const SIZES: Readonly<Record<Step, { readonly memorySize: number; readonly timeout: Duration }>> = {
  intake: { memorySize: 512, timeout: Duration.seconds(60) },
  plan: { memorySize: 1769, timeout: Duration.minutes(15) },
  redrive: { memorySize: 1769, timeout: Duration.minutes(15) },
  submit: { memorySize: 512, timeout: Duration.minutes(2) },
  settle: { memorySize: 512, timeout: Duration.seconds(60) },
  assess: { memorySize: 1769, timeout: Duration.minutes(15) },
  commit: { memorySize: 1769, timeout: Duration.minutes(15) },
  report: { memorySize: 1024, timeout: Duration.minutes(5) },
  sweep: { memorySize: 512, timeout: Duration.minutes(5) },
  collect: { memorySize: 512, timeout: Duration.minutes(15) },
  flag: { memorySize: 512, timeout: Duration.seconds(60) },
};

/** How long one call of a step may take; queues hide a message for a multiple of it. */
export const timeoutOf = (step: Step): Duration => SIZES[step].timeout;

export interface StepFunctionProps {
  readonly step: Step;
  /** Folder with the step's bundled `index.js`. */
  readonly code: string;
  readonly environment: Readonly<Record<string, string>>;
  /** All that the step may do, besides writing its own log. */
  readonly permissions: readonly Permission[];
}

/** One step as a Lambda function, with a log group and a role that no other step shares. */
export class StepFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, { step, code, environment, permissions }: StepFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What the step "${step}" of ${Stack.of(this).stackName} may do`,
    });
    const log: Permission = {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
      because: 'the streams of one log group are named by Lambda as it starts them',
    };
    allow(this.role, log, ...permissions);
    this.function = new LambdaFunction(this, 'Function', {
      description: `Batchwright step: ${step}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(code),
      role: this.role.withoutPolicyUpdates(),
      logGroup,
      environment: { ...environment, POWERTOOLS_SERVICE_NAME: step, POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE },
      ...SIZES[step],
    });
    // The function works only with its permissions, so it exists only after them.
    this.function.node.addDependency(this.role);
  }
}
