import { batchwright } from './support';

const COMMANDS = ['start', 'run', 'validate', 'runs', 'show'];

describe('help', () => {
  test.each([[[]], ...COMMANDS.map((name) => [[name]]), [['local', 'up']]])(
    'of %p is on stdout, has examples, and ends with 0',
    async (argv: string[]) => {
      const { code, out, err } = await batchwright([...argv, '--help']);

      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/Examples:\n {2}\$ np[mx] /);
    },
  );

  test('names every command', async () => {
    const { out } = await batchwright(['--help']);

    for (const name of [...COMMANDS, 'local']) expect(out).toContain(`\n  ${name} `);
  });

  test('of start tells what npm start does', async () => {
    expect((await batchwright(['start', '--help'])).out).toContain('npm start -- birdstrikes');
  });
});

describe('bad usage ends with 2 and is told on stderr', () => {
  test.each([
    ['no command', [], /Usage: batchwright/],
    ['an unknown command', ['strat'], /unknown command 'strat'/],
    ['an unknown option', ['runs', '--jsn'], /unknown option '--jsn'/],
    ['a missing argument', ['show'], /missing required argument 'run'/],
    ['an argument too many', ['show', 'a', 'b'], /too many arguments/],
    ['an option without its value', ['runs', '--state'], /argument missing/],
    ['a port that is none', ['local', 'up', '--port', '70000'], /expected a port from 1 to 65535/],
  ])('%s', async (_, argv, message) => {
    const { code, out, err } = await batchwright(argv);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test.each([
    ['an unknown command', ['strat', '--json'], "unknown command 'strat'"],
    ['an unknown option', ['runs', '--json', '--x'], "unknown option '--x'"],
    ['no command', ['--json'], "unknown option '--json'"],
  ])('or, for programs, as JSON on stdout: %s', async (_, argv, message) => {
    const { code, out, err } = await batchwright(argv);

    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(JSON.parse(out)).toEqual({ ok: false, errors: [{ message: expect.stringContaining(message) }] });
  });
});
