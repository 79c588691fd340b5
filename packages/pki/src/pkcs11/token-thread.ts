import { parentPort, workerData } from 'node:worker_threads';
import { PkiError } from '../errors.js';
import { type Cryptoki, loadCryptoki } from './cryptoki.js';
import { TokenSession } from './token-session.js';
import type { TokenAnswer, TokenQuestion, TokenThreadData } from './token-signer.js';

// Runs as a thread of token-signer.ts: one question after the other, each of which blocks as long as the token takes.
const { location, pin } = workerData as TokenThreadData;
let module: Cryptoki | undefined;
let session: TokenSession | undefined;
/** A PIN that was refused is never tried again: the token would lock itself. */
let refused: PkiError | undefined;
let queue = Promise.resolve();

parentPort?.on('message', (question: TokenQuestion) => {
  queue = queue.then(async () => {
    const answer = await answerTo(question);
    parentPort?.postMessage({ id: question.id, ...answer } satisfies TokenAnswer);
    if (question.data === 'close') parentPort?.close();
  });
});

async function answerTo({ data }: TokenQuestion): Promise<Omit<TokenAnswer, 'id'>> {
  try {
    if (data === 'close') {
      session?.close();
      return {};
    }
    if (data === 'open') return { spki: (await opened()).spki };
    return { signature: await sign(data) };
  } catch (fault) {
    if (!(fault instanceof PkiError)) throw fault;
    if (fault.code === 'hsm-token-pin-refused') refused = fault;
    return { fault: { code: fault.code, message: fault.message } };
  }
}

async function opened(): Promise<TokenSession> {
  if (refused !== undefined) throw refused;
  module ??= await loadCryptoki(location.module);
  session ??= TokenSession.open(module, location, pin);
  return session;
}

/** A session that fails is given up, since the token may have been away, and the call is made once more in a new one. */
async function sign(data: Uint8Array): Promise<Uint8Array> {
  const before = session;
  try {
    return (await opened()).sign(data);
  } catch (fault) {
    session?.close();
    session = undefined;
    if (before === undefined) throw fault;
    return (await opened()).sign(data);
  }
}
