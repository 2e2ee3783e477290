import path from 'node:path';
import { Journal } from '../kernel/journal';
import type { Statement } from './statements';

/** A permission that a role holds and that no call has ever needed. */
export interface UnusedPermission {
  readonly role: string;
  readonly action: string;
  readonly resources: readonly string[];
}

interface Used {
  readonly role: string;
  readonly action: string;
  readonly resources: readonly string[];
}

const keyOf = ({ role, action, resources }: Used): string => JSON.stringify([role, action, resources]);

/** Which permissions have been exercised, in this run and in those before it. */
export class Usage {
  private readonly journal: Journal<Used>;
  private readonly known: Set<string>;
  private readonly seen = new Map<Statement, Set<string>>();

  constructor(stateDir: string) {
    this.journal = new Journal(path.join(stateDir, 'iam', 'used.jsonl'));
    this.known = new Set(this.journal.read().map(keyOf));
  }

  /** Remembers that a statement was needed; asked on every call, so known answers cost two look-ups. */
  record(role: string, statement: Statement, action: string): void {
    const patterns = this.seen.get(statement) ?? new Set();
    if (patterns.has(`${role} ${action}`)) return;
    this.seen.set(statement, patterns.add(`${role} ${action}`));
    const used = { role, action: statement.actionMatching(action) ?? action, resources: statement.resources };
    if (this.known.has(keyOf(used))) return;
    this.known.add(keyOf(used));
    this.journal.append(used);
  }

  /** What was granted and never needed, in the order of the templates. */
  unused(granted: ReadonlyMap<string, readonly Statement[]>): readonly UnusedPermission[] {
    return [...granted]
      .flatMap(([role, statements]) =>
        statements
          .filter(({ effect }) => effect === 'Allow')
          .flatMap(({ actions, resources }) => actions.map((action) => ({ role, action, resources }))),
      )
      .filter((permission) => !this.known.has(keyOf(permission)));
  }
}
