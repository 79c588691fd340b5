import type { Terminal } from '../surroundings.js';

const keys: Readonly<Record<string, 'enter' | 'giveUp' | 'rubOut'>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u0003': 'giveUp',
  '\u0004': 'giveUp',
  '\u007f': 'rubOut',
  '\b': 'rubOut',
};

/** What a terminal can do beside reading lines. */
interface RawInput extends NodeJS.ReadableStream {
  setRawMode(raw: boolean): unknown;
}

/** Somebody pressed Ctrl-C or Ctrl-D instead of an answer. */
export class PromptGivenUp extends Error {}

/**
 * Asks for a secret on a terminal, without showing what is typed.
 *
 * @returns undefined where nobody sits at a terminal
 * @throws PromptGivenUp
 */
export async function askSecret({ stdin, stderr }: Terminal, question: string): Promise<string | undefined> {
  if (stdin.isTTY !== true || !canBeRaw(stdin)) return undefined;
  stderr.write(`${question}: `);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await typed(stdin);
  } finally {
    stdin.pause();
    stdin.setRawMode(false);
    stderr.write('\n');
  }
}

async function typed(stdin: NodeJS.ReadableStream): Promise<string> {
  return await new Promise((resolve, reject) => {
    const characters: string[] = [];
    const end = (settle: () => void): void => {
      stdin.off('data', take);
      stdin.off('end', giveUp);
      settle();
    };
    const giveUp = (): void => end(() => reject(new PromptGivenUp('nothing was typed')));
    const take = (chunk: Buffer | string): void => {
      const came = [...chunk.toString()];
      for (const [at, character] of came.entries()) {
        const pressed = keys[character];
        if (pressed === 'giveUp') giveUp();
        else if (pressed === 'enter') {
          end(() => resolve(characters.join('')));
          // Pasted in one go with the answer to the next question.
          const rest = came.slice(at + 1).join('');
          stdin.pause();
          if (rest !== '') stdin.unshift(rest);
        } else if (pressed === 'rubOut') characters.pop();
        else characters.push(character);
        if (pressed === 'giveUp' || pressed === 'enter') break;
      }
    };
    stdin.on('data', take);
    stdin.once('end', giveUp);
  });
}

function canBeRaw(stdin: NodeJS.ReadableStream): stdin is RawInput {
  return 'setRawMode' in stdin;
}
