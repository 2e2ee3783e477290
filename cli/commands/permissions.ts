import type { UnusedPermission } from '../cloud/port';
import { ExitCode } from '../errors';
import { noticeTo } from '../execute';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { newTable } from '../render/table';
import { safe } from '../render/text';
import { openState } from '../state/folder';

const EXAMPLES = `
Run the jobs first: what no run in the state folder has needed is listed.

Examples:
  $ npx batchwright local permissions
  $ npx batchwright local permissions --json`;

/** `local permissions` */
export const addPermissions: AddCommand = (local, io, answer) => {
  withCommonOptions(local.command('permissions'))
    .description('list the permissions that roles hold and that no run has needed')
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const { jobsDir, stateDir, quiet } = commonOptions(options, io);
      openState(stateDir);
      const cloud = await io.openCloud({ jobsDir, stateDir, log: noticeTo(io, quiet) });
      try {
        const unused = cloud.unusedPermissions();
        answer({ exitCode: ExitCode.Ok, json: unused, text: renderUnused(unused) });
      } finally {
        await cloud.stop();
      }
    });
};

const roleName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function renderUnused(unused: readonly UnusedPermission[]): string {
  if (unused.length === 0) return 'every permission has been needed\n';
  const table = newTable({ head: ['role', 'action', 'on'] });
  for (const { role, action, resources } of unused) table.push([safe(roleName(role)), safe(action), resources.map(safe).join('\n')]);
  return `${table.toString()}\n`;
}
