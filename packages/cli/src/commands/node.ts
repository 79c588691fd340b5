import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

/** `opencapf node ...`: the services on a database. */
export function nodeCommand(surroundings: Surroundings): Command {
  const list = new Command('list')
    .description('list the nodes and their workers: version, sessions, clock, and which of them drain')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (options: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/nodes'));
        const lines = itemsOf(answer).flatMap((node) => [
          `${shown(node['host'])}  OpenCAPF ${shown(node['version'])}  ${processLine(node)}`,
          ...itemsOf({ items: node['workers'] }).map(
            (worker) => `  worker ${shown(worker['number'])}  ${processLine(worker)}`,
          ),
        ]);
        surroundings.terminal.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
      });
    });
  return new Command('node')
    .description('the nodes of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list);
}

function processLine(node: Readonly<Record<string, unknown>>): string {
  const { processId, liveSessions, startedAt, heartbeatAt, alive, drainingSince, clockOffsetMs } = node;
  return [
    `process ${shown(processId)}`,
    `sessions ${shown(liveSessions)}`,
    `started ${shown(startedAt)}`,
    ...(alive === true ? [] : [`silent since ${shown(heartbeatAt)}`]),
    ...(drainingSince === null ? [] : [`draining since ${shown(drainingSince)}`]),
    `clock ${clockOffsetMs === null ? '-' : `${shown(clockOffsetMs)} ms`}`,
  ].join('  ');
}
