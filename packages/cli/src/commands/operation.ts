import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { requestLine } from './authority-requests.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

/** `opencapf operation ...`: what phones are to do. */
export function operationCommand(surroundings: Surroundings): Command {
  const show = new Command('show')
    .description('how an operation stands: its course, and what an authority was asked for it')
    .argument('<operation>', 'its number')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (operation: string, { json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get(`/v1/operations/${encodeURIComponent(operation)}`));
        surroundings.terminal.stdout.write(json ? `${JSON.stringify(answer)}\n` : told(answer));
      });
    });
  return new Command('operation')
    .description('operations of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(show);
}

function told(operation: Readonly<Record<string, unknown>>): string {
  const { id, device, state, authenticationMode, completesBy } = operation;
  const what = [id, device, operation['operation'], authenticationMode, state, `completes by ${shown(completesBy)}`];
  const history = itemsOf({ items: operation['history'] }).map((step) =>
    [step['at'], step['state'], step['reason']]
      .filter((part) => part !== null)
      .map(shown)
      .join('  '),
  );
  const requests = itemsOf({ items: operation['authorityRequests'] }).flatMap((request) => [
    `request ${requestLine(request)}`,
    `  reference ${shown(request['reference'])}, at the authority ${shown(request['pollReference'])}`,
    ...(request['endedAt'] === null
      ? [`  to have it tried now: opencapf authority retry ${shown(request['id'])}`]
      : []),
  ]);
  return [what.map(shown).join('  '), ...[...history, ...requests].map((line) => `  ${line}`)].join('\n').concat('\n');
}
