import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ForeignStateError, openPrivateState } from '../../../local/deploy/private-state';
import { removeTemporaryFolders, temporaryFolder } from '../../support/cloud-assembly';

const inherited = process.umask();

beforeEach(() => void process.umask(0));

afterEach(removeTemporaryFolders);

afterAll(() => void process.umask(inherited));

const modeOf = (...parts: readonly string[]): string => (statSync(path.join(...parts)).mode & 0o777).toString(8);

test('a new state folder is its owner’s alone, and so are the files that this process makes from then on', () => {
  const folder = path.join(temporaryFolder(), 'deep', 'state');

  openPrivateState(folder);
  writeFileSync(path.join(folder, 'file'), '');
  mkdirSync(path.join(folder, 'folder'));

  expect([modeOf(folder), modeOf(folder, 'file'), modeOf(folder, 'folder')]).toEqual(['700', '600', '700']);
});

/** As a version left it that knew of no rights. */
function aWideState(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'gateway'), { mode: 0o777 });
  writeFileSync(path.join(folder, 'gateway', 'port'), '1', { mode: 0o666 });
  writeFileSync(path.join(folder, 'blob'), '', { mode: 0o444 });
  writeFileSync(path.join(folder, 'tool'), '', { mode: 0o755 });
  return folder;
}

test('a state folder of a former version is narrowed with all that is in it, and links are left', () => {
  const [folder, outside] = [aWideState(), path.join(temporaryFolder(), 'mine')];
  writeFileSync(outside, 'mine', { mode: 0o644 });
  symlinkSync(outside, path.join(folder, 'link'));

  openPrivateState(folder);

  const modes = ['.', 'gateway', 'gateway/port', 'blob', 'tool'].map((name) => modeOf(folder, name));
  expect(modes).toEqual(['700', '700', '600', '400', '700']);
  expect(modeOf(outside)).toBe('644');
});

test('a private folder that was opened to others later is narrowed again', () => {
  const folder = aWideState();
  openPrivateState(folder);
  writeFileSync(path.join(folder, 'gateway', 'credentials.json'), '{}');
  chmodSync(folder, 0o755);
  chmodSync(path.join(folder, 'gateway', 'credentials.json'), 0o644);

  openPrivateState(folder);

  expect([modeOf(folder), modeOf(folder, 'gateway', 'credentials.json')]).toEqual(['700', '600']);
});

test('files of a folder that holds no state keep their rights', () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'script.sh'), '', { mode: 0o755 });

  openPrivateState(folder);

  expect([modeOf(folder), modeOf(folder, 'script.sh')]).toEqual(['700', '755']);
});

test('a state folder of another owner is refused, and nothing in it is changed', () => {
  const folder = aWideState();
  const { uid } = statSync(folder);
  const somebodyElse = jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(uid + 1);

  expect(() => openPrivateState(folder)).toThrow(new ForeignStateError(folder, uid));

  somebodyElse.mockRestore();
  expect(modeOf(folder, 'gateway', 'port')).toBe('666');
});
