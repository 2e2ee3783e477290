import { commandLine } from '../../../local/batch/command-line';
import { readDockerfile } from '../../../local/batch/dockerfile';

describe('a Dockerfile', () => {
  test('says what its last stage runs, where and with which variables', () => {
    const text = `
# syntax=docker/dockerfile:1
FROM node:22 AS packages
WORKDIR /build
ENV IGNORED=1
CMD ["npm", "ci"]

FROM node:22-slim
RUN apt-get update \\
  # a comment between
  && apt-get install tini
ENV NODE_ENV=production GREETING="hello world" QUOTE='single one' ESCAPED=a\\ b
ENV OLD style value
ENV PATH=/opt/bin:$GREETING:\${NODE_ENV}
WORKDIR /app
WORKDIR sub
COPY main.js ./
USER node
entrypoint ["/usr/bin/tini", "--", "node", "main.js"]
CMD ["--default"]
`;

    expect(readDockerfile(text)).toEqual({
      entrypoint: ['/usr/bin/tini', '--', 'node', 'main.js'],
      command: ['--default'],
      workdir: '/app/sub',
      environment: {
        NODE_ENV: 'production',
        GREETING: 'hello world',
        QUOTE: 'single one',
        ESCAPED: 'a b',
        OLD: 'style value',
        PATH: '/opt/bin:hello world:production',
      },
    });
  });

  test('in shell form is a line for the shell', () => {
    expect(readDockerfile('FROM x\nCMD echo "a b" | wc')).toMatchObject({ entrypoint: [], command: ['/bin/sh', '-c', 'echo "a b" | wc'] });
  });

  test('with Windows line ends is the same', () => {
    expect(readDockerfile('FROM x\r\nWORKDIR /app\r\nCMD ["a"]\r\n')).toMatchObject({ workdir: '/app', command: ['a'] });
  });
});

describe('a command line', () => {
  const line = (dockerfile: string, command?: readonly string[], parameters = {}) =>
    commandLine({ image: readDockerfile(`FROM x\n${dockerfile}`), folder: '/assets/1', command, parameters });

  test.each([
    ['ENTRYPOINT ["/usr/bin/tini", "--", "node", "main.js"]', [process.execPath, 'main.js']],
    ['ENTRYPOINT ["tini", "-g", "-p", "SIGTERM", "--", "node"]', [process.execPath]],
    ['ENTRYPOINT ["/usr/local/bin/dumb-init", "python3", "a.py"]', ['python3', 'a.py']],
    ['ENTRYPOINT ["/usr/local/bin/node", "main.js"]', [process.execPath, 'main.js']],
    ['WORKDIR /app\nENTRYPOINT ["/app/run.sh", "/app/x/y", "/apple"]', ['/assets/1/run.sh', '/assets/1/x/y', '/apple']],
    ['CMD ["a", "b"]', ['a', 'b']],
    ['ENTRYPOINT ["a"]\nCMD ["b"]', ['a', 'b']],
  ])('of %s is %j', (dockerfile, expected) => {
    expect(line(dockerfile)).toEqual(expected);
  });

  test('has the job’s command in place of CMD, with its parameters filled in', () => {
    expect(line('ENTRYPOINT ["a"]\nCMD ["b"]', ['Ref::x', 'Ref::unknown', 'xRef::x'], { x: '1' })).toEqual([
      'a',
      '1',
      'Ref::unknown',
      'xRef::x',
    ]);
  });

  test('must name a program', () => {
    expect(() => line('RUN true')).toThrow('/assets/1 has no ENTRYPOINT or CMD');
  });
});
