import { parentPort, workerData } from 'node:worker_threads';
import { PkiError } from './errors.js';
import { readKeyFile } from './key-file.js';
import type { KeyImportAnswer } from './key-import.js';

// Runs as a thread of key-import.ts.
const { file, passphrase } = workerData as { readonly file: Uint8Array; readonly passphrase: string | undefined };
parentPort?.postMessage(answer());

function answer(): KeyImportAnswer {
  try {
    return { content: readKeyFile(file, passphrase) };
  } catch (fault) {
    if (fault instanceof PkiError) return { code: fault.code, message: fault.message };
    throw fault;
  }
}
