import { LocalKernel } from '../../../local/deploy/local-kernel';
import { Authorizer } from '../../../local/iam/authorizer';
import { Usage } from '../../../local/iam/usage';
import type { AccessRequest } from '../../../local/kernel/types';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';

const ROLE_ARN = 'arn:aws:iam::000000000000:role/worker';
const REQUEST: AccessRequest = { caller: { kind: 'role', arn: ROLE_ARN }, action: 's3:GetObject', resource: '*' };

afterEach(removeTemporaryFolders);

const keyring = { openSession: (endpoint: string, roleArn: string) => ({ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: roleArn }) };

const aKernel = (): LocalKernel => new LocalKernel('http://127.0.0.1:1', { stateDir: '/state', keyring, log: () => undefined });

test('nothing is authorized before the policies are read', () => {
  expect(() => aKernel().authorize(REQUEST)).toThrow("s3:GetObject was called before the templates' policies were read");
});

test('calls are judged once the policies are read', () => {
  const kernel = aKernel();

  kernel.judgeBy(new Authorizer({ ofRole: new Map(), ofResource: new Map() }, new Usage(temporaryFolder())), [ROLE_ARN]);

  expect(() => kernel.authorize(REQUEST)).toThrow(/is not authorized to perform: s3:GetObject/);
});

test('only roles of the templates have an environment', () => {
  const kernel = aKernel();

  kernel.judgeBy(new Authorizer({ ofRole: new Map(), ofResource: new Map() }, new Usage(temporaryFolder())), [ROLE_ARN]);

  expect(kernel.environmentFor(ROLE_ARN)).toEqual({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: ROLE_ARN });
  expect(() => kernel.environmentFor('arn:aws:iam::000000000000:role/other')).toThrow(
    'role arn:aws:iam::000000000000:role/other is in no template',
  );
});
