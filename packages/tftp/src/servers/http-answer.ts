import type { ServerResponse } from 'node:http';
import type { LongFile } from '../building/served-file.js';

/** Answers as captured from real servers (tftp-file-formats.md, section 8). */
const headers = { 'cache-control': 'no-store', 'content-type': '*/*' } as const;

/** Bytes of a long file that are in memory at once for one client. */
const pieceBytes = 32 * 1024;

/** Gives a file, or the head alone. Rejects when a long file cannot be read to its end. */
export async function giveFile(response: ServerResponse, file: Uint8Array | LongFile, isHead: boolean): Promise<void> {
  const head = { ...headers, 'content-length': file.length };
  if (isHead) response.writeHead(200, head).end();
  else if (file instanceof Uint8Array) response.writeHead(200, head).end(file);
  else await giveLongFile(response, file, head);
}

async function giveLongFile(
  response: ServerResponse,
  file: LongFile,
  head: Record<string, string | number>,
): Promise<void> {
  const reading = await file.open();
  try {
    response.writeHead(200, head);
    for (let at = 0; at < file.length && !response.destroyed; at += pieceBytes) {
      await written(response, await reading.read(at, Math.min(file.length, at + pieceBytes)));
    }
    response.end();
  } finally {
    reading.close();
  }
}

/** Resolves when the system has taken the piece, or the client is gone. */
async function written(response: ServerResponse, piece: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(piece, done);
  });
}

export function refuse(response: ServerResponse, status: 404 | 405 | 503): void {
  const more = { 404: {}, 405: { allow: 'GET, HEAD' }, 503: { 'retry-after': '5' } }[status];
  response.writeHead(status, { 'cache-control': 'no-store', 'content-length': 0, ...more }).end();
}
