import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { Surroundings, Terminal } from '../surroundings.js';
import { readNamed } from './files.js';
import { warningLines } from './profile-text.js';
import { askSecret, PromptGivenUp } from './secret-prompt.js';
import { accepted, askService, shown, withService } from './with-service.js';

const variable = 'OPENCAPF_SYMMETRIC_KEY';

interface KeyOptions {
  readonly keyFile?: string;
  readonly bits?: string;
  readonly replace?: true;
  readonly force?: true;
  readonly json?: true;
}

/**
 * `opencapf configuration key ...`: keys that somebody enters on phones. One that is given comes from a file, standard input, the
 * environment or a terminal, never from an argument, which others can see.
 */
export function configurationKeyCommand(surroundings: Surroundings): Command {
  const keep = async (device: string, content: object, { replace, force, json }: KeyOptions): Promise<void> => {
    const said = [...(replace ? ['replace=true'] : []), ...(force ? ['force=true'] : [])].join('&');
    const path = `${pathOf(device)}${said === '' ? '' : `?${said}`}`;
    await askService(surroundings, ['PUT', path, content], (answer) => (json ? JSON.stringify(answer) : told(answer)));
  };
  const set = withKeyOptions(new Command('set'))
    .description('keep a key that the phone has, or is given too')
    .option('--key-file <file>', `holds it, 32 or 64 hexadecimal digits; - for standard input; else ${variable} does`)
    .addHelpText(
      'after',
      `
Without a file and without ${variable} it is asked for on the terminal. ${exitStatus}

Examples:
  opencapf configuration key set SEP001122334455 --key-file key.txt
  pass show phones/lobby | opencapf configuration key set SEP001122334455 --key-file -`,
    )
    .action(async (device: string, options: KeyOptions) => {
      const key = await givenKey(surroundings, options.keyFile);
      if (key !== undefined) await keep(device, { key }, options);
    });
  const generate = withKeyOptions(new Command('generate'))
    .description('make a key, keep it and show it, for whoever enters it on the phone')
    .addOption(
      new Option('--bits <number>', 'its size; as the model takes it without this, else 128').choices(['128', '256']),
    )
    .addHelpText(
      'after',
      `
${exitStatus}

Example:
  opencapf configuration key generate SEP001122334455`,
    )
    .action(async (device: string, options: KeyOptions) => {
      await keep(device, options.bits === undefined ? {} : { bits: Number(options.bits) }, options);
    });
  const show = new Command('show')
    .description('show the key of a device; the audit says who looked')
    .argument('<device>', 'its name')
    .option('--json', 'the answer as JSON, for scripts')
    .action(async (device: string, { json }: KeyOptions) => {
      await askService(surroundings, ['GET', pathOf(device)], (answer) =>
        json ? JSON.stringify(answer) : told(answer),
      );
    });
  const remove = new Command('delete')
    .description('forget the key of a device, where it was cleared on the phone')
    .argument('<device>', 'its name')
    .action(async (device: string) => {
      await withService(surroundings, async (client) => {
        accepted(await client.request('DELETE', pathOf(device)));
      });
    });
  return new Command('key')
    .description('symmetric keys that are entered by hand, on phones that have no key of their own; for administrators')
    .addCommand(set)
    .addCommand(generate)
    .addCommand(show)
    .addCommand(remove);
}

const exitStatus = 'Exit status: 0 kept, 1 refused, 2 no answer or no key.';

function withKeyOptions(command: Command): Command {
  return command
    .argument('<device>', 'its name')
    .option('--replace', 'in the place of one that is set, where the phone is given the new one as well')
    .option('--force', 'although the model is not known to take keys that are entered by hand')
    .option('--json', 'the answer as JSON, for scripts');
}

function pathOf(device: string): string {
  return `/v1/devices/${encodeURIComponent(device)}/symmetric-key`;
}

function told(answer: Readonly<Record<string, unknown>>): string {
  const { device, bits, key, createdAt, createdBy, warnings } = answer;
  const set = createdAt === undefined ? '' : `  set ${shown(createdAt)} by ${shown(createdBy)}`;
  return [
    `${shown(device)}  ${shown(bits)} bits${set}`,
    ...(key === undefined ? [] : [`key: ${shown(key)}`]),
    ...warningLines(warnings),
  ].join('\n');
}

/** Hexadecimal, without blanks around it. Undefined when there is none, which is told; the exit status is 2 then. */
async function givenKey(surroundings: Surroundings, file: string | undefined): Promise<string | undefined> {
  const { terminal } = surroundings;
  const content = file === '-' ? await text(terminal.stdin) : await readNamed(surroundings, file);
  if (content === 'unreadable') return undefined;
  const key = (content?.toString() ?? terminal.env[variable] ?? (await typedKey(terminal)) ?? '').trim();
  if (key !== '') return key;
  terminal.exitCode = 2;
  terminal.stderr.write(`opencapf: no key; give --key-file or ${variable}, or type one on a terminal\n`);
  return undefined;
}

async function typedKey(terminal: Terminal): Promise<string | undefined> {
  try {
    return await askSecret(terminal, 'Key, 32 or 64 hexadecimal digits');
  } catch (fault) {
    if (!(fault instanceof PromptGivenUp)) throw fault;
    return undefined;
  }
}
