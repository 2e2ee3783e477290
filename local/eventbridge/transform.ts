import { ApiError } from '../kernel/errors';

/** An event as it is delivered. */
export interface Envelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** How a target wants its input; at most one of the three is set. */
export interface InputWish {
  readonly input?: string;
  readonly inputPath?: string;
  readonly transformer?: { readonly paths: Readonly<Record<string, string>>; readonly template: string };
}

export interface RuleIdentity {
  readonly name: string;
  readonly arn: string;
}

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;

/** The steps of the JSONPath subset that EventBridge takes: names and indices, no wildcards, no filters. */
export function parsePath(path: string): readonly string[] {
  const steps: string[] = [];
  let at = path.startsWith('$') ? 1 : path.length + 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (!found || found[1]?.includes('*')) break;
    steps.push(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '');
    at = STEP.lastIndex;
  }
  if (at !== path.length) throw new ApiError('ValidationException', `${JSON.stringify(path)} is not a path like $.detail.items[0]`);
  return steps;
}

function atPath(event: unknown, path: string): unknown {
  return parsePath(path).reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    return (value as Record<string, unknown>)[step];
  }, event);
}

function reserved(name: string, event: Envelope, rule: RuleIdentity): unknown {
  const { detail: _, ...withoutDetail } = event;
  const values: Readonly<Record<string, unknown>> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event': withoutDetail,
    'aws.events.event.json': event,
  };
  return values[name];
}

const PLACEHOLDER = /<([\w.-]+)>/g;

/** Whether a position of a JSON text lies inside a string. */
function insideString(template: string, at: number): boolean {
  let inside = false;
  for (let i = 0; i < at; i++) {
    if (inside && template[i] === '\\') i++;
    else if (template[i] === '"') inside = !inside;
  }
  return inside;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Inside quotes a value is escaped text; outside it is JSON, so that strings bring their own quotes. */
const inserted = (value: unknown, quoted: boolean): string => {
  if (quoted) return value === undefined ? '' : JSON.stringify(text(value)).slice(1, -1);
  return JSON.stringify(value) ?? '""';
};

function fill(template: string, lookUp: (name: string) => { readonly value: unknown } | undefined): string {
  return template.replace(PLACEHOLDER, (whole, name: string, at: number) => {
    const found = lookUp(name);
    return found ? inserted(found.value, insideString(template, at)) : whole;
  });
}

/** The text that a target receives for an event. */
export function targetInput(wish: InputWish, event: Envelope, rule: RuleIdentity): string {
  if (wish.input !== undefined) return wish.input;
  if (wish.inputPath !== undefined) return JSON.stringify(atPath(event, wish.inputPath)) ?? 'null';
  if (!wish.transformer) return JSON.stringify(event);
  const { paths, template } = wish.transformer;
  return fill(template, (name) => {
    const path = paths[name];
    if (path !== undefined) return { value: atPath(event, path) };
    return name.startsWith('aws.events.') ? { value: reserved(name, event, rule) } : undefined;
  });
}
