import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { authorityChangeCommand } from './authority-change.js';
import { authorityCreateCommand } from './authority-create.js';
import { authorityLine } from './authority-line.js';
import { authorityRequestsCommand, authorityRetryCommand, authorityTestCommand } from './authority-requests.js';
import { caExchangeCommands, recordOf } from './ca-exchange.js';
import { authorityDownloadCommand, authorityUploadCommand } from './offline-exchange.js';
import { accepted, itemsOf, withService } from './with-service.js';

interface ActivationOptions {
  readonly confirm?: true;
  readonly override?: true;
  readonly default?: true;
}

interface Json {
  readonly json?: true;
}

/** `opencapf authority ...`: who signs LSCs. */
export function authorityCommand(surroundings: Surroundings): Command {
  /** Makes one call about an authority, and tells what it is now. */
  const change = async (method: string, path: string, body: object | undefined, { json }: Json): Promise<void> => {
    await withService(surroundings, async (client) => {
      const content = body === undefined ? undefined : { type: 'application/json', content: JSON.stringify(body) };
      const authority = accepted(await client.request(method, path, content));
      surroundings.terminal.stdout.write(json ? `${JSON.stringify(authority)}\n` : `${authorityLine(authority)}\n`);
    });
  };
  const command = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .argument('<authority>', 'its number or name, as "opencapf authority list" shows them')
      .option('--json', 'the answer as JSON, for scripts');

  const list = new Command('list')
    .description('list who signs or signed LSCs, with number, kind, state, end and subject')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get('/v1/authorities?limit=1000'));
        surroundings.terminal.stdout.write(
          json ? `${JSON.stringify(answer)}\n` : `${itemsOf(answer).map(authorityLine).join('\n')}\n`,
        );
      });
    });
  const show = command('show', 'all that is known of one, as JSON').action(async (authority: string) => {
    await withService(surroundings, async (client) => {
      const answer = accepted(await client.get(pathOf(authority)));
      surroundings.terminal.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    });
  });
  const acceptExpired = command('accept-expired', 'let phones prove themselves by its LSCs after their end')
    .argument('<until>', 'ISO 8601, such as 2027-01-31 or 2027-01-31T18:00:00Z; or "never"')
    .action(async (authority: string, until: string, options: Json) => {
      await change('PATCH', pathOf(authority), { acceptExpiredUntil: until === 'never' ? null : until }, options);
    });
  const rename = command('rename', 'give it another name')
    .argument('<name>')
    .action(async (authority: string, name: string, options: Json) => {
      await change('PATCH', pathOf(authority), { name }, options);
    });
  const activate = command('activate', 'let a staged one sign LSCs, from the next phone on')
    .option('--confirm', 'whoever verifies LSCs has the trust bundle that holds it ("opencapf trust bundle")')
    .option('--default', "it takes the default's place in the same moment")
    .option(
      '--override',
      'go on without devices that fetch their trust lists here and have not fetched one that holds it',
    )
    .action(async (authority: string, options: Json & ActivationOptions) => {
      const body = {
        confirmed: options.confirm === true,
        override: options.override === true,
        makeDefault: options.default === true,
      };
      await change('POST', `${pathOf(authority)}/activate`, body, options);
    });
  const makeDefault = command('default', 'let an active one sign for devices that ask for no other').action(
    async (authority: string, options: Json) => {
      await change('POST', `${pathOf(authority)}/default`, undefined, options);
    },
  );
  const retire = command('retire', 'let an active one sign nothing any more, for good').action(
    async (authority: string, options: Json) => {
      await change('POST', `${pathOf(authority)}/retire`, undefined, options);
    },
  );
  const remove = command('delete', 'forget a staged one').action(async (authority: string) => {
    await withService(surroundings, async (client) => {
      accepted(await client.request('DELETE', pathOf(authority)));
    });
  });
  const { csr, chain } = caExchangeCommands(surroundings, {
    argument: 'authority',
    named: 'number or name of a local one that is staged',
    pathOf,
    lineOf: ({ authority }) => authorityLine(recordOf(authority)),
  });
  const commands = [
    list,
    authorityCreateCommand(surroundings),
    authorityChangeCommand(surroundings),
    authorityTestCommand(surroundings),
    authorityRequestsCommand(surroundings),
    authorityRetryCommand(surroundings),
    authorityDownloadCommand(surroundings),
    authorityUploadCommand(surroundings),
    csr,
    chain,
    show,
    rename,
    acceptExpired,
    activate,
    makeDefault,
    retire,
    remove,
  ];
  return commands.reduce(
    (all, one) => all.addCommand(one),
    new Command('authority')
      .description('who signs LSCs, of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
      .addHelpText(
        'after',
        `
Example, a night on which the issuer is replaced by one that is staged as "Site CA":
  opencapf trust bundle --out bundle.pem      (to call control, RADIUS, VPN, SRST)
  opencapf authority activate "Site CA" --confirm --default
  opencapf authority retire local

Example, a local issuer that the CA of the site signs:
  opencapf authority create local Next
  opencapf authority csr Next --out next.csr
  opencapf authority chain Next next.p7b

Example, requests that travel by hand:
  opencapf authority download "By hand" --out requests.zip
  opencapf authority upload "By hand" certificates.zip`,
      ),
  );
}

function pathOf(authority: string): string {
  return `/v1/authorities/${encodeURIComponent(authority)}`;
}
