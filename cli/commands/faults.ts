import { type Hit, readHits } from '../../local/faults/faults';
import { ExitCode } from '../errors';
import { type AddCommand, commonOptions, withCommonOptions } from '../options';
import { newTable } from '../render/table';
import { safe } from '../render/text';
import { openState } from '../state/folder';

const EXAMPLES = `
Examples:
  $ npx batchwright local up --faults faults.yaml     (see docs/chaos.md)
  $ npx batchwright local faults`;

/** `local faults` */
export const addFaults: AddCommand = (local, io, answer) => {
  withCommonOptions(local.command('faults'))
    .description('list the faults that fault plans have injected')
    .addHelpText('after', EXAMPLES)
    .action((options) => {
      const { stateDir } = commonOptions(options, io);
      openState(stateDir);
      const hits = readHits(stateDir);
      answer({ exitCode: ExitCode.Ok, json: hits, text: renderHits(hits) });
    });
};

const placeOf = ({ rule, service, operation }: Hit): string => JSON.stringify([rule, service, operation]);

function renderHits(hits: readonly Hit[]): string {
  if (hits.length === 0) return 'no faults were injected\n';
  const counts = new Map<string, number>();
  for (const hit of hits) counts.set(placeOf(hit), (counts.get(placeOf(hit)) ?? 0) + 1);
  const last = new Map(hits.map((hit) => [placeOf(hit), hit]));
  const table = newTable({ head: ['rule', 'fault', 'where', 'last on', 'hits'], rightFrom: 4 });
  for (const [place, { rule, kind, service, operation, target }] of last) {
    table.push([safe(rule), kind, `${safe(service)} ${safe(operation)}`, safe(target), counts.get(place) ?? 0]);
  }
  return `${table.toString()}\n`;
}
