import type { Surroundings } from '../surroundings.js';
import { readNamed } from './files.js';
import { askSecret, PromptGivenUp } from './secret-prompt.js';

/**
 * The passphrase of the recovery key: of the file, else typed on a terminal. Undefined when there is none, which is told; the exit
 * status is 2 then.
 */
export async function readPassphrase(
  surroundings: Surroundings,
  file: string | undefined,
): Promise<string | undefined> {
  const { terminal } = surroundings;
  const content = await readNamed(surroundings, file);
  if (content === 'unreadable') return undefined;
  if (content !== undefined) return content.toString().replace(/\r?\n$/, '');
  try {
    const typed = await askSecret(terminal, 'Passphrase of the recovery key');
    if (typed !== undefined) return typed;
  } catch (fault) {
    if (!(fault instanceof PromptGivenUp)) throw fault;
  }
  terminal.exitCode = 2;
  terminal.stderr.write('opencapf: no passphrase; give --passphrase-file, or type one on a terminal\n');
  return undefined;
}
