import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { present } from './authority-settings.js';
import { profileLine, profileText } from './profile-text.js';
import { accepted, itemsOf, wholeList, withService } from './with-service.js';

interface Settings {
  readonly description?: string;
  readonly model?: string;
  readonly protocol?: string;
  readonly securityMode?: string;
  readonly encryptedConfig?: boolean;
  readonly excludeDigestCredentials?: boolean;
  readonly authenticationMode?: string;
  readonly keyOrder?: string;
  readonly rsaKeySize?: number;
  readonly ecKeySize?: number;
  readonly certificateIssuer?: string;
  readonly capfServers?: readonly string[];
  readonly force?: true;
  readonly json?: true;
}

/** `opencapf profile ...`: phone security profiles. */
export function profileCommand(surroundings: Surroundings): Command {
  const { stdout } = surroundings.terminal;
  const list = new Command('list')
    .description('list security profiles by name')
    .option('--model <model>', 'for this model only, as it is written in the profile')
    .addOption(new Option('--protocol <protocol>', 'for this protocol only').choices(['SIP', 'SCCP']))
    .option('--own', 'only those that somebody made: no predefined ones')
    .option('--limit <number>', 'profiles at most, up to 1000; all without it')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json, own, limit, ...filters }: ListOptions) => {
      await withService(surroundings, async (client) => {
        const path = '/v1/security-profiles';
        const query = { ...filters, ...(own ? { predefined: 'false' } : {}) };
        const answer =
          limit === undefined
            ? await wholeList(client, path, query)
            : accepted(await client.get(`${path}?${new URLSearchParams({ limit, ...query })}`));
        const text = json ? JSON.stringify(answer) : itemsOf(answer).map(profileLine).join('\n');
        if (text !== '') stdout.write(`${text}\n`);
      });
    });
  const show = new Command('show')
    .description('show a security profile, and how many devices have it')
    .argument('<name>', 'its name')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (name: string, { json }: { readonly json?: true }) => {
      await withService(surroundings, async (client) => {
        const answer = accepted(await client.get(pathOf(name)));
        stdout.write(json ? `${JSON.stringify(answer)}\n` : profileText(answer));
      });
    });
  const send = async (method: string, path: string, given: object, { force, json }: Settings): Promise<void> => {
    await withService(surroundings, async (client) => {
      const body = { type: 'application/json', content: JSON.stringify(given) };
      const answer = accepted(await client.request(method, `${path}${force ? '?force=true' : ''}`, body));
      stdout.write(json ? `${JSON.stringify(answer)}\n` : profileText(answer));
    });
  };
  const create = withSettings(new Command('create'))
    .description('make a security profile')
    .argument('<name>', 'its name: best with model and protocol')
    .addHelpText('after', example)
    .action(async (name: string, options: Settings) => {
      await send('POST', '/v1/security-profiles', { name, ...settingsOf(options) }, options);
    });
  const change = withSettings(new Command('change'))
    .description('change a security profile, and with it the files of all its devices')
    .argument('<name>', 'its name')
    .option('--rename <name>', 'its name from now on; its devices keep it')
    .addHelpText('after', example)
    .action(async (name: string, { rename, ...options }: Settings & { readonly rename?: string }) => {
      await send('PATCH', pathOf(name), { ...present({ name: rename }), ...settingsOf(options) }, options);
    });
  const remove = new Command('delete')
    .description('delete a security profile that no device has')
    .argument('<name>', 'its name')
    .action(async (name: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', pathOf(name)));
      });
    });
  return new Command('profile')
    .description('phone security profiles of the service that OPENCAPF_SERVER names, shown OPENCAPF_TOKEN')
    .addCommand(list)
    .addCommand(show)
    .addCommand(create)
    .addCommand(change)
    .addCommand(remove);
}

interface ListOptions {
  readonly model?: string;
  readonly protocol?: string;
  readonly own?: true;
  readonly limit?: string;
  readonly json?: true;
}

const example = `
Words of the source documents are taken too. Exit status: 0 done, 1 refused, 2 no answer or nothing that can be asked.

Examples:
  opencapf profile create "Cisco 8845 - SIP Encrypted Config" --model 8845 --protocol SIP --encrypted-config
  opencapf profile create "7942 SIP" --model 7942 --protocol SIP --exclude-digest-credentials
  opencapf profile change "Cisco 8845 - SIP Encrypted Config" --security-mode Encrypted \\
    --authentication-mode "By Existing Certificate (Precedence to LSC)" --capf-servers capf1.example.com,capf2.example.com:3804`;

function withSettings(command: Command): Command {
  return command
    .option('--description <text>', 'for people')
    .option('--model <model>', 'for phones of this model; "" for any')
    .option('--protocol <protocol>', 'SIP or SCCP; "" for either')
    .option('--security-mode <mode>', 'Device Security Mode: nonSecure, authenticated or encrypted')
    .option('--encrypted-config', 'TFTP Encrypted Config')
    .option('--no-encrypted-config', 'plain configuration files')
    .option('--exclude-digest-credentials', 'leave digest credentials out of the file')
    .option('--no-exclude-digest-credentials', 'leave them in')
    .option(
      '--authentication-mode <mode>',
      'of operations that say nothing else: nullString, authenticationString, ...',
    )
    .option('--key-order <order>', 'rsaOnly, ecOnly or ecPreferred')
    .addOption(new Option('--rsa-key-size <bits>', '512, 1024, 2048, 3072 or 4096').argParser(bits))
    .addOption(new Option('--ec-key-size <bits>', '256, 384 or 521').argParser(bits))
    .option('--certificate-issuer <name>', 'Certificate Issuer to Endpoint: an authority; "" for the default')
    .addOption(
      new Option('--capf-servers <list>', 'host[:port], up to five with commas; "" for those of the site').argParser(
        (list: string) => (list === '' ? [] : list.split(',').map((one) => one.trim())),
      ),
    )
    .option('--force', 'although it is not known to work, for the model or here')
    .option('--json', 'the answer as JSON, for scripts');
}

function settingsOf(options: Settings): Readonly<Record<string, unknown>> {
  const orNull = (text: string | undefined): string | null | undefined => (text === '' ? null : text);
  return present<unknown>({
    description: options.description,
    model: orNull(options.model),
    protocol: orNull(options.protocol),
    deviceSecurityMode: options.securityMode,
    encryptedConfiguration: options.encryptedConfig,
    excludeDigestCredentials: options.excludeDigestCredentials,
    authenticationMode: options.authenticationMode,
    keyOrder: options.keyOrder,
    rsaKeySize: options.rsaKeySize,
    ecKeySize: options.ecKeySize,
    certificateIssuer: orNull(options.certificateIssuer),
    capfServers: options.capfServers,
  });
}

function pathOf(name: string): string {
  return `/v1/security-profiles/${encodeURIComponent(name)}`;
}

/** @throws InvalidArgumentError */
function bits(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}
