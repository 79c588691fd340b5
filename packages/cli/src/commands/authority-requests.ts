import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface RequestsOptions {
  readonly authority?: string;
  readonly device?: string;
  readonly operation?: string;
  readonly state?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `opencapf authority test`: exit status 1 when a step failed. */
export function authorityTestCommand(surroundings: Surroundings): Command {
  return new Command('test')
    .description('try an authority without asking for a certificate, step by step; exit status 1 when a step failed')
    .argument('<authority>', 'its number or name')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (authority: string, { json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const path = `/v1/authorities/${encodeURIComponent(authority)}/test`;
        const { works, steps } = accepted(await client.request('POST', path));
        const lines = itemsOf({ items: steps }).map(
          ({ outcome, name, detail }) => `${shown(outcome).padEnd(7)}  ${shown(name)}: ${shown(detail)}\n`,
        );
        surroundings.terminal.stdout.write(json ? `${JSON.stringify({ works, steps })}\n` : lines.join(''));
        if (works !== true) surroundings.terminal.exitCode = 1;
      });
    });
}

/** `opencapf authority requests`: what authorities elsewhere are asked for. */
export function authorityRequestsCommand(surroundings: Surroundings): Command {
  return new Command('requests')
    .description('list what authorities elsewhere are asked for and has not ended, with reason and next attempt')
    .option('--authority <authority>', 'of this number or name only')
    .option('--device <name>', 'of this device only')
    .option('--operation <id>', 'for this operation only')
    .option('--state <state>', 'waiting, sending, pending, lost, issued, denied, failed or abandoned')
    .option('--all', 'those that have ended too')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json, all, ...filters }: RequestsOptions) => {
      await withService(surroundings, async (client) => {
        const open = all === true || filters.state !== undefined ? {} : { open: 'true' };
        const query = new URLSearchParams({ limit: '1000', ...filters, ...open });
        const answer = accepted(await client.get(`/v1/authority-requests?${query}`));
        const text = json ? JSON.stringify(answer) : itemsOf(answer).map(requestLine).join('\n');
        if (text !== '') surroundings.terminal.stdout.write(`${text}\n`);
      });
    });
}

/** `opencapf authority retry`: now. */
export function authorityRetryCommand(surroundings: Surroundings): Command {
  return new Command('retry')
    .description('try a request to an authority now, also while the authority seems to be away')
    .argument('<request>', 'its number, as "opencapf authority requests" shows it')
    .action(async (request: string) => {
      await withService(surroundings, async (client) => {
        const path = `/v1/authority-requests/${encodeURIComponent(request)}/retry`;
        surroundings.terminal.stdout.write(`${requestLine(accepted(await client.request('POST', path)))}\n`);
      });
    });
}

/** A request in one line. */
export function requestLine(request: Readonly<Record<string, unknown>>): string {
  const { id, device, authority, state, attempts, nextAttemptAt, reason } = request;
  const told = [id, device, authority, state, `attempts ${shown(attempts)}`, `next ${shown(nextAttemptAt)}`];
  return [...told.map(shown), ...(reason === null ? [] : [shown(reason)])].join('  ');
}
