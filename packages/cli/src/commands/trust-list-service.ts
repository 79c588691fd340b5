import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { readNamed } from './files.js';
import { askService, itemsOf, shown } from './with-service.js';

interface Json {
  readonly json?: true;
}

/** What the service serves phones as their trust lists, and whether it releases them. */
export function trustListServiceCommands(surroundings: Surroundings): readonly Command[] {
  const ask = async (method: string, path: string, json: true | undefined, content?: object): Promise<void> => {
    const call = [method, `/v1/trust-list${path}`, content] as const;
    await askService(surroundings, call, (answer) => (json ? JSON.stringify(answer) : summary(answer)));
  };
  const status = new Command('status')
    .description('what the service serves, what its lists hold, and what is to be looked at')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('GET', '', json));
  const release = new Command('release')
    .description("let phones go to another cluster: lists hold nobody but the signer and that cluster's signer")
    .option('--to <file>', 'the certificate that signs the trust lists of that cluster (SAST), PEM')
    .option('--json', 'the answer as JSON, for scripts')
    .addHelpText(
      'after',
      `
Phones that fetch such a list believe the lists of that cluster from then on; the command "signer show" of that cluster, or "itl show" on
its list, names the certificate. Without --to it is refused: how a list is laid out after which phones take any other is in no source.

Example:
  opencapf itl release --to their-sast.pem
  opencapf itl take-back`,
    )
    .action(async ({ to, json }: Json & { readonly to?: string }) => {
      const certificate = await readNamed(surroundings, to);
      if (certificate === 'unreadable') return;
      await ask('PUT', '/release', json, certificate === undefined ? {} : { certificate: certificate.toString() });
    });
  const takeBack = new Command('take-back')
    .description('serve whole trust lists again; phones that have gone do not come back by it')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('DELETE', '/release', json));
  const enable = new Command('enable')
    .description('serve a CTL beside the ITL, with the same certificates; models 6901 and 6911 ask for no other list')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('PUT', '/ctl', json, { serves: true }));
  const disable = new Command('disable')
    .description('serve no CTL any more; phones keep the one that they have')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async ({ json }: Json) => await ask('PUT', '/ctl', json, { serves: false }));
  const ctl = new Command('serve-ctl').description('whether a CTL is served').addCommand(enable).addCommand(disable);
  return [status, release, takeBack, ctl];
}

function summary(answer: Readonly<Record<string, unknown>>): string {
  const { isServed, signedBy, releasedTo } = answer;
  const lines = [
    ...listIn(answer, 'lists').map(
      ({ kind, version, bytes, byteLimit, certificates, builtAt }) =>
        `${shown(kind).toUpperCase()}  version ${shown(version)}  ${shown(bytes)} of ${shown(byteLimit)} bytes  ${shown(certificates)} certificates  built ${shown(builtAt)}`,
    ),
    ...(isServed === true ? [] : ['This node serves no files (OPENCAPF_TFTP).']),
    ...(signedBy === 'recovery' ? ['Signed with the recovery key.'] : []),
    ...(releasedTo === null ? [] : ['Phones are released to another cluster.']),
    ...listIn(answer, 'records').map(
      ({ record, role, notAfter, subject, sha256 }) =>
        `${shown(record)}  ${shown(role)}  until ${shown(notAfter).slice(0, 10)}  ${shown(subject)}  ${shown(sha256)}`,
    ),
    ...listIn(answer, 'warnings').map(({ message }) => `warning: ${shown(message)}`),
  ];
  return lines.join('\n');
}

function listIn(answer: Readonly<Record<string, unknown>>, name: string) {
  return itemsOf({ items: answer[name] });
}
