/** What an image would run, as far as its Dockerfile says it. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
}

const EMPTY: ImageConfig = { entrypoint: [], command: [], workdir: '/', environment: {} };

/** Instructions with their continuation lines joined; comments dropped. */
function instructions(text: string): readonly (readonly [string, string])[] {
  const joined = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\[ \t]*\n/g, ' ');
  return joined.split('\n').flatMap((line) => {
    const found = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line);
    return found ? [[(found[1] ?? '').toUpperCase(), found[2] ?? ''] as const] : [];
  });
}

/** Exec form is a JSON array of strings; anything else is a shell's line. */
function words(text: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
  } catch (notJson) {
    if (!(notJson instanceof SyntaxError)) throw notJson;
  }
  return ['/bin/sh', '-c', text];
}

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2').replace(/\\(.)/g, '$1');

const expanded = (text: string, environment: ImageConfig['environment']): string =>
  text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => environment[braced ?? bare] ?? '');

/** `ENV a=1 b="2 3"`, or the old `ENV a the rest`. */
function variables(text: string): readonly (readonly [string, string])[] {
  const pairs = [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*)/g)];
  if (/^\w+=/.test(text)) return pairs.map(([, name = '', value = '']) => [name, unquoted(value)]);
  const [name = '', ...rest] = text.split(/\s+/);
  return [[name, rest.join(' ')]];
}

const withVariables = (config: ImageConfig, text: string): ImageConfig => ({
  ...config,
  environment: {
    ...config.environment,
    ...Object.fromEntries(variables(text).map(([name, value]) => [name, expanded(value, config.environment)])),
  },
});

const STEPS: Readonly<Record<string, (config: ImageConfig, text: string) => ImageConfig>> = {
  // A stage starts from its base image, of which nothing is known here.
  FROM: () => EMPTY,
  ENTRYPOINT: (config, text) => ({ ...config, entrypoint: words(text), command: [] }),
  CMD: (config, text) => ({ ...config, command: words(text) }),
  WORKDIR: (config, text) => ({ ...config, workdir: text.startsWith('/') ? text : `${config.workdir.replace(/\/$/, '')}/${text}` }),
  ENV: withVariables,
};

/** The last stage's configuration; instructions that only build the image are skipped. */
export const readDockerfile = (text: string): ImageConfig =>
  instructions(text).reduce((config, [name, rest]) => STEPS[name]?.(config, rest) ?? config, EMPTY);
