import { Command, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { accepted, itemsOf, shown, withService } from './with-service.js';

interface Json {
  readonly json?: true;
}

/** `opencapf token ...`: who may administer. */
export function tokenCommand(surroundings: Surroundings): Command {
  const json = (): Option => new Option('--json', 'the answer as JSON, for scripts');
  const create = new Command('create')
    .description('make a token; it is printed once')
    .argument('<name>', 'whom the audit names')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['viewer', 'operator', 'administrator'])
        .makeOptionMandatory(),
    )
    .option('--expires-at <time>', 'ISO 8601, such as 2027-12-31T00:00:00Z')
    .addOption(json())
    .action(async (name: string, options: Json & { readonly role: string; readonly expiresAt?: string }) => {
      await withService(surroundings, async (client) => {
        const content = JSON.stringify({ name, role: options.role, expiresAt: options.expiresAt });
        const made = accepted(await client.request('POST', '/v1/tokens', { type: 'application/json', content }));
        surroundings.terminal.stdout.write(options.json ? `${JSON.stringify(made)}\n` : `${shown(made['token'])}\n`);
      });
    });
  const list = new Command('list')
    .description('list tokens, revoked and expired ones too; never the tokens themselves')
    .addOption(json())
    .action(async (options: Json) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/tokens'));
        const lines = itemsOf(answer).map(({ id, name, role, expiresAt, lastUsedAt, revokedAt }) => {
          const moments = { expires: expiresAt, 'last used': lastUsedAt, revoked: revokedAt };
          const told = Object.entries(moments).flatMap(([what, at]) => (at === null ? [] : [`${what} ${shown(at)}`]));
          return [shown(id), shown(role), shown(name), ...told].join('  ');
        });
        surroundings.terminal.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : `${lines.join('\n')}\n`);
      });
    });
  const revoke = new Command('revoke')
    .description('revoke a token, from this moment on')
    .argument('<id>', 'its number, as "opencapf token list" shows it')
    .action(async (id: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', `/v1/tokens/${encodeURIComponent(id)}`));
      });
    });
  return new Command('token')
    .description("administrators' tokens, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN")
    .addCommand(create)
    .addCommand(list)
    .addCommand(revoke);
}
