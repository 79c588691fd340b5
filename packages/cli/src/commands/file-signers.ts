import { Argument, Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { askService, itemsOf, shown } from './with-service.js';

interface Json {
  readonly json?: true;
}

/** `opencapf itl signer ...`: who signs phones' files, and how another one comes to. */
export function fileSignersCommand(surroundings: Surroundings): Command {
  const ask = async (method: string, path: string, json: true | undefined, content?: object): Promise<void> => {
    const call = [method, `/v1/trust-list/signers${path}`, content] as const;
    await askService(surroundings, call, (answer) => signersText(answer, json));
  };
  const purpose = (): Argument =>
    new Argument('<purpose>', 'tftp signs configuration files, sast signs trust lists').choices(['tftp', 'sast']);
  const show = new Command('show')
    .description('list them; of a staged one, whether phones have fetched the list that holds it')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('GET', '', json));
  const stage = new Command('stage')
    .description('make another one; the next trust list is signed by the old one and holds both')
    .addArgument(purpose())
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (which: string, { json }: Json) => await ask('POST', `/${which}/stage`, json));
  const change = new Command('switch')
    .description('let the staged one sign from now on; the one before is retired and its key forgotten')
    .addArgument(purpose())
    .option('--override', 'go on without the devices that have not fetched the list: they will believe nothing new')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (which: string, { override, json }: Json & { readonly override?: true }) => {
      await ask('POST', `/${which}/switch`, json, { override: override === true });
    });
  const discard = new Command('discard')
    .description('forget the staged one, with its key')
    .addArgument(purpose())
    .action(async (which: string) => await ask('DELETE', `/${which}/staged`, undefined));
  return new Command('signer')
    .description("who signs phones' files")
    .addCommand(show)
    .addCommand(stage)
    .addCommand(change)
    .addCommand(discard)
    .addHelpText(
      'after',
      `
Example, another key signs trust lists:
  opencapf itl signer stage sast
  opencapf itl signer show             (until no device waits; phones fetch the list when they restart)
  opencapf itl signer switch sast`,
    );
}

/** What an answer says of signers; nothing for one that says nothing. */
export function signersText(answer: Readonly<Record<string, unknown>>, json: true | undefined): string | undefined {
  if (!('items' in answer)) return undefined;
  return json ? JSON.stringify(answer) : itemsOf(answer).map(signerLine).join('\n');
}

/** One signer, and who is waited for. */
function signerLine(signer: Readonly<Record<string, unknown>>): string {
  const { purpose, state, notAfter, subject, sha256, hasKey } = signer;
  const fetches = signer['fetches'] as Readonly<Record<string, unknown>> | null | undefined;
  const told = [purpose, state, `until ${shown(notAfter).slice(0, 10)}`, subject, sha256].map(shown);
  const remarks = [
    ...(hasKey === false && state === 'active' ? ['key stored elsewhere'] : []),
    ...(fetches ? [waitingText(fetches)] : []),
  ];
  return [...told, ...remarks].join('  ');
}

function waitingText({ isListed, devices, waiting, waitingDevices }: Readonly<Record<string, unknown>>): string {
  if (isListed !== true) return 'not in the list yet';
  if (waiting === 0) return `fetched by all ${shown(devices)} devices`;
  const names = Array.isArray(waitingDevices) ? waitingDevices.slice(0, 10).join(', ') : '';
  return `not fetched by ${shown(waiting)} of ${shown(devices)}: ${names}`;
}
