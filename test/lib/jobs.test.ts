import path from 'node:path';
import { InvalidJobsError, processorModules, readJobs } from '../../lib/jobs';
import { aProject, aSpec, type Project } from './fixture';

const projects: Project[] = [];
const folderWith = (jobs: Readonly<Record<string, string>>): string => {
  const made = aProject(jobs);
  projects.push(made);
  return made.jobsFolder;
};
afterAll(() => {
  for (const { remove } of projects) remove();
});

const errorOf = (work: () => unknown): Error => {
  try {
    work();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('nothing was thrown');
};

test('every spec of the folder is read, in the order of the file names', () => {
  const folder = folderWith({ 'b.yaml': aSpec('b'), 'a.yaml': aSpec('a'), 'notes.txt': 'not a spec' });

  expect(readJobs(folder).map(({ spec }) => spec.name)).toEqual(['a', 'b']);
});

test('a spec with errors stops the synth with all of them, each at its file, line and column', () => {
  const folder = folderWith({ 'a.yaml': aSpec('a').replace('csv', 'xls'), 'b.yaml': `${aSpec('b')}\ncolour: red` });

  const error = errorOf(() => readJobs(folder));

  expect(error).toBeInstanceOf(InvalidJobsError);
  const lines = error.message.split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(new RegExp(`^${path.join(folder, 'a.yaml')}:2:\\d+ .*xls`));
  expect(lines[1]).toMatch(new RegExp(`^${path.join(folder, 'b.yaml')}:5:1 .*colour`));
});

test('a spec named .yml is refused by name, not passed over', () => {
  expect(() => readJobs(folderWith({ 'a.yml': aSpec('a') }))).toThrow('a job spec is a file <name>.yaml, received a.yml');
});

test('a folder that does not exist is an error that names it', () => {
  expect(() => readJobs('/nowhere/jobs')).toThrow('jobs folder /nowhere/jobs does not exist');
});

test('each processor is bundled once, however many jobs use it', () => {
  const score = 'process: { module: processors/score.ts }';
  const folder = folderWith({
    'a.yaml': aSpec('a', score),
    'b.yaml': aSpec('b', score),
    'c.yaml': aSpec('c'),
    'processors/score.ts': 'export default (record: unknown) => record;\n',
  });

  expect(processorModules(readJobs(folder))).toEqual(['processors/score.ts']);
});
