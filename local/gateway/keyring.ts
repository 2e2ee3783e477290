import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Caller } from '../kernel/types';
import { ACCOUNT, REGION } from '../kernel/types';

/** The person whose state folder it is. */
export const OPERATOR: Caller = { kind: 'admin', arn: `arn:aws:iam::${ACCOUNT}:user/admin` };

/** An access key, and for whom it signs. */
export interface Key {
  readonly caller: Caller;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a role's session; must come with every request that the key signs. */
  readonly sessionToken?: string;
}

/** Access key ids are 20 characters: four that name their kind, and these. */
const KEY_CHARACTERS = 16;
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 40 characters in base64, as AWS has them. */
const SECRET_BYTES = 30;
const TOKEN_BYTES = 96;

const Stored = z.object({ schema: z.literal('credentials.v1'), accessKeyId: z.string().min(16), secretAccessKey: z.string().min(40) });

const fileOf = (stateDir: string): string => path.join(stateDir, 'gateway', 'credentials.json');

const createId = (prefix: 'AKIA' | 'ASIA'): string =>
  prefix + [...randomBytes(KEY_CHARACTERS)].map((byte) => BASE_32[byte % BASE_32.length]).join('');

const createSecret = (bytes: number): string => randomBytes(bytes).toString('base64url');

function readStored(file: string): z.infer<typeof Stored> {
  try {
    return Stored.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new RangeError(`${file} holds no credentials of the local cloud (${(error as Error).name}): remove it to get new ones`);
  }
}

/** The operator's key of a state folder: random, created at the first start and kept. */
function loadOperator(stateDir: string): Key {
  const file = fileOf(stateDir);
  if (!existsSync(file)) {
    const created = { schema: 'credentials.v1', accessKeyId: createId('AKIA'), secretAccessKey: createSecret(SECRET_BYTES) };
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, `${JSON.stringify(created)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const { accessKeyId, secretAccessKey } = readStored(file);
  return { caller: OPERATOR, accessKeyId, secretAccessKey };
}

/** Variables that make any AWS SDK or the AWS CLI call this cloud, and nothing else, with one key. */
const environmentOf = (endpoint: string, { accessKeyId, secretAccessKey, sessionToken }: Key): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  // Empty for the operator: otherwise the token of a session with AWS, left in the shell, would go along.
  AWS_SESSION_TOKEN: sessionToken ?? '',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  // Deployed code runs on a newer Node; on this machine's the SDK would warn in every process.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** All keys that requests may be signed with: the operator's, and one for each session of a role, gone with this process. */
export class Keyring {
  private readonly operator: Key;
  private readonly sessions = new Map<string, Key>();

  constructor(stateDir: string) {
    this.operator = loadOperator(stateDir);
  }

  find(accessKeyId: string): Key | undefined {
    return accessKeyId === this.operator.accessKeyId ? this.operator : this.sessions.get(accessKeyId);
  }

  operatorEnvironment(endpoint: string): Readonly<Record<string, string>> {
    return environmentOf(endpoint, this.operator);
  }

  /** Opens a session of a role and returns the variables of the process that it is for. */
  openSession(endpoint: string, roleArn: string): Readonly<Record<string, string>> {
    const key: Key = {
      caller: { kind: 'role', arn: roleArn },
      accessKeyId: createId('ASIA'),
      secretAccessKey: createSecret(SECRET_BYTES),
      sessionToken: createSecret(TOKEN_BYTES),
    };
    this.sessions.set(key.accessKeyId, key);
    return environmentOf(endpoint, key);
  }
}
