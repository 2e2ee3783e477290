import type { SuiteMutant } from './mutant';

const SCREEN = 'local/gateway/screen.ts';
const AUTHENTICATE = 'local/gateway/authenticate.ts';
const PRIVATE = 'local/deploy/private-state.ts';

const mutant = (name: string, file: string, from: string, to: string, ...tests: readonly string[]): SuiteMutant => ({
  name,
  hole: 14,
  edits: [{ file, from, to }],
  tests,
});

/** Ways in which a local cloud would serve somebody else than its owner. */
export const GATE_MUTANTS: readonly SuiteMutant[] = [
  mutant('a request with an Origin is served', SCREEN, "['origin', ", '[', 'test/local/gateway/screen'),
  mutant('a cross-site request is served', SCREEN, "'sec-fetch-site', ", '', 'test/local/gateway/screen'),
  mutant('a foreign Host is served', SCREEN, '  if (foreign !== undefined) return foreign;', '', 'test/local/gateway/screen'),
  mutant(
    'a WebSocket of a program is taken for a request',
    SCREEN,
    '/websocket/i.test(protocol)',
    'protocol === undefined',
    'test/local/gateway/screen',
  ),
  mutant(
    'signatures are not compared',
    AUTHENTICATE,
    'if (isSame(signature, await signatureOf({ ...signed, payload }, key))) return;',
    'if (isSame(signature, await signatureOf({ ...signed, payload }, key)) || true) return;',
    'test/local/gateway/authenticate',
  ),
  mutant(
    'the body is not part of the signature',
    AUTHENTICATE,
    'const payload = sha256Hex(body);',
    "const payload = sha256Hex('');",
    'test/local/gateway/authenticate',
  ),
  mutant('headers of AWS may be unsigned', AUTHENTICATE, "name.startsWith('x-amz-')", "name === 'host'", 'test/local/gateway/authenticate'),
  mutant(
    'a session needs no token',
    AUTHENTICATE,
    "if (isSame(sent, key.sessionToken ?? '')) return;",
    'return;',
    'test/local/gateway/curl',
  ),
  mutant(
    'old signatures are good for ever',
    AUTHENTICATE,
    'if (sent <= now + MAX_SKEW_MS && now <= sent + lifetime) return;',
    'return;',
    'test/local/gateway/authenticate',
  ),
  mutant(
    'signatures of chunks are not compared',
    'local/s3/aws-chunked.ts',
    'if (!isSameSignature(signature, expected))',
    'if (signature === expected.slice(1))',
    'test/local/gateway/authenticate',
  ),
  mutant(
    'the body of CompleteMultipartUpload may differ from its hash',
    'local/s3/expectations.ts',
    'sha256: sha256Of(declaredPayload(call)),',
    '',
    'test/local/s3/checksums',
  ),
  mutant(
    'the operator’s secret is the same everywhere',
    'local/gateway/keyring.ts',
    'randomBytes(bytes).toString',
    "Buffer.alloc(bytes, 'admin').toString",
    'test/local/gateway/keyring',
  ),
  mutant('files of the state folder are for everybody', PRIVATE, '  process.umask(OTHERS);', '', 'test/local/deploy/private-state'),
  mutant('a state folder of a former version stays open', PRIVATE, 'narrowRights(stateDir);', 'return;', 'test/local/deploy/private-state'),
  mutant('a state folder of another owner is taken', PRIVATE, '  assertOwned(stateDir);', '', 'test/local/deploy/private-state'),
];
