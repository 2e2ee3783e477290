import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Keyring, OPERATOR } from '../../../local/gateway/keyring';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';
import { ROLE_ARN } from '../../support/cloud-gateway';

const ENDPOINT = 'http://127.0.0.1:1';

afterEach(removeTemporaryFolders);

test('environments name the endpoint and the caller, and keep the user’s own AWS settings out', () => {
  expect(new Keyring(temporaryFolder()).openSession(ENDPOINT, ROLE_ARN)).toEqual({
    AWS_ENDPOINT_URL: ENDPOINT,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^[\w-]{40}$/),
    AWS_SESSION_TOKEN: expect.stringMatching(/^[\w-]{128}$/),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});

test('the operator’s key is random, kept in the state folder for its owner alone, and the same after a restart', () => {
  const stateDir = temporaryFolder();
  const first = new Keyring(stateDir).operatorEnvironment(ENDPOINT);
  const file = path.join(stateDir, 'gateway', 'credentials.json');

  expect(first).toMatchObject({
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^[\w-]{40}$/),
    AWS_SESSION_TOKEN: '',
  });
  expect(new Keyring(stateDir).operatorEnvironment(ENDPOINT)).toEqual(first);
  expect(new Keyring(temporaryFolder()).operatorEnvironment(ENDPOINT).AWS_SECRET_ACCESS_KEY).not.toBe(first.AWS_SECRET_ACCESS_KEY);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain(first.AWS_SECRET_ACCESS_KEY);
});

test('every session of a role has a key of its own, which another process does not know', () => {
  const stateDir = temporaryFolder();
  const keyring = new Keyring(stateDir);
  const [one, two] = [keyring.openSession(ENDPOINT, ROLE_ARN), keyring.openSession(ENDPOINT, ROLE_ARN)];
  const id = one.AWS_ACCESS_KEY_ID ?? '';

  expect(new Set([one.AWS_ACCESS_KEY_ID, two.AWS_ACCESS_KEY_ID]).size).toBe(2);
  expect(new Set([one.AWS_SECRET_ACCESS_KEY, two.AWS_SECRET_ACCESS_KEY]).size).toBe(2);
  expect(keyring.find(id)).toMatchObject({ caller: { kind: 'role', arn: ROLE_ARN }, sessionToken: one.AWS_SESSION_TOKEN });
  expect(new Keyring(stateDir).find(id)).toBeUndefined();
});

test('the operator is found by the key, and nobody by another', () => {
  const keyring = new Keyring(temporaryFolder());

  expect(keyring.find(keyring.operatorEnvironment(ENDPOINT).AWS_ACCESS_KEY_ID ?? '')?.caller).toBe(OPERATOR);
  expect(['admin', '', '__proto__'].map((id) => keyring.find(id))).toEqual([undefined, undefined, undefined]);
});

test('a file that holds no credentials is named', () => {
  const stateDir = temporaryFolder();
  mkdirSync(path.join(stateDir, 'gateway'));
  writeFileSync(path.join(stateDir, 'gateway', 'credentials.json'), '{"accessKeyId":"admin"}');

  expect(() => new Keyring(stateDir)).toThrow(
    /credentials\.json holds no credentials of the local cloud \(ZodError\): remove it to get new ones$/,
  );
});
