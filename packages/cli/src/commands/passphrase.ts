import type { Surroundings, Terminal } from '../surroundings.js';
import { readNamed } from './files.js';
import { askSecret, PromptGivenUp } from './secret-prompt.js';

/**
 * The passphrase of the recovery key: of the file, else typed on a terminal. Undefined when there is none, which is told; the exit
 * status is 2 then.
 *
 * @param asked - twice where it is a new one: with a slip of the finger in it the key would never open again
 */
export async function readPassphrase(
  surroundings: Surroundings,
  file: string | undefined,
  asked: 'once' | 'twice',
): Promise<string | undefined> {
  const { terminal } = surroundings;
  const content = await readNamed(surroundings, file);
  if (content === 'unreadable') return undefined;
  if (content !== undefined) return content.toString().replace(/\r?\n$/, '');
  try {
    const typed = await askSecret(terminal, 'Passphrase of the recovery key');
    if (typed !== undefined) {
      if (asked === 'once' || (await askSecret(terminal, 'The same again')) === typed) return typed;
      return refuse(terminal, 'the two passphrases differ');
    }
  } catch (fault) {
    if (!(fault instanceof PromptGivenUp)) throw fault;
  }
  return refuse(terminal, 'no passphrase; give --passphrase-file, or type one on a terminal');
}

function refuse(terminal: Terminal, why: string): undefined {
  terminal.exitCode = 2;
  terminal.stderr.write(`opencapf: ${why}\n`);
  return undefined;
}
