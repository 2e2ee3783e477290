import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { arnOf } from '../messaging/names';
import type { DefinitionShape } from './shapes';

/** A revision of a job definition; ACTIVE ones may be submitted. */
export interface Definition {
  readonly name: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE';
  /** Of the properties that made it, as they were written. */
  readonly hash: string;
  readonly shape: DefinitionShape;
  /** Local folder of the image. */
  readonly folder: string;
}

export const definitionArn = (name: string, revision?: number): string =>
  arnOf('batch', `job-definition/${name}${revision === undefined ? '' : `:${revision}`}`);

/** Members in one order, so that equal values have equal texts. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

export const hashOf = (properties: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(properties)))
    .digest('hex');

/** Job definitions with all their revisions: they outlive templates, because runs pin them. */
export class Definitions {
  private readonly byName: Map<string, readonly Definition[]>;

  constructor(private readonly file: string) {
    this.byName = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  }

  all(): readonly Definition[] {
    return [...this.byName.values()].flat();
  }

  revisions(name: string): readonly Definition[] {
    return this.byName.get(name) ?? [];
  }

  /** The revision that properties with this hash have or, when they are new or changed, will have. */
  revisionFor(name: string, hash: string): number {
    const newest = this.revisions(name).at(-1);
    if (newest?.hash === hash && newest.status === 'ACTIVE') return newest.revision;
    return (newest?.revision ?? 0) + 1;
  }

  /** Adds a revision, or updates where its image lies; returns it. */
  put(definition: Omit<Definition, 'revision' | 'status'>): Definition {
    const { name, hash } = definition;
    const added: Definition = { ...definition, revision: this.revisionFor(name, hash), status: 'ACTIVE' };
    const others = this.revisions(name).filter(({ revision }) => revision !== added.revision);
    this.byName.set(name, [...others, added]);
    this.save();
    return added;
  }

  deactivate(name: string, revisions: readonly number[]): void {
    const status = 'INACTIVE';
    this.byName.set(
      name,
      this.revisions(name).map((one) => (revisions.includes(one.revision) ? { ...one, status } : one)),
    );
    this.save();
  }

  /** By name (its newest active revision), name:revision or ARN. */
  find(reference: string): Definition | undefined {
    const { name, revision } = parseReference(reference);
    if (revision === undefined) return this.revisions(name).findLast(({ status }) => status === 'ACTIVE');
    return this.revisions(name).find((one) => one.revision === revision);
  }

  private save(): void {
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.byName)));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** What a reference to a job definition names. */
export function parseReference(reference: string): { readonly name: string; readonly revision?: number } {
  const [name = '', revision] = reference.slice(reference.lastIndexOf('/') + 1).split(':');
  return revision === undefined ? { name } : { name, revision: Number(revision) };
}
