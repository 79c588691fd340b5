import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '@opencapf/phone';
import { fetchOverTftp, readFilePlace } from '@opencapf/phone/boot';
import { longestTrustList } from '@opencapf/tftp/readers';
import { request } from 'undici';

const patienceMs = 10_000;

/**
 * Reads a trust list from a path or an http(s) or tftp URL, and no more of it than tells that it is too long for phones.
 *
 * Rejects with what kept it from being read, in words.
 */
export async function readTrustListSource(source: string, typedIn: string): Promise<Uint8Array> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return await readPath(resolve(typedIn, source));
  if (scheme === 'tftp') return await readTftp(source);
  if (scheme !== 'http' && scheme !== 'https') {
    throw new Error(`${source} is neither a path nor an http, https or tftp URL`);
  }
  return await readUrl(source);
}

/** A directory, or a pipe that never ends, is not read. */
async function readPath(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read ${path}: ${cause.code}`, { cause });
  });
  try {
    if (!(await file.stat()).isFile()) throw new Error(`cannot read ${path}: it is no file`);
    const buffer = Buffer.alloc(longestTrustList + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** As the simulated phone fetches it. */
async function readTftp(url: string): Promise<Uint8Array> {
  const [, server = '', name] = /^(tftp:\/\/[^/]+)\/([\x21-\x7e]+)$/i.exec(url) ?? [];
  if (name === undefined) throw new Error(`${url} is not of the form tftp://HOST[:PORT]/FILE`);
  const terms = { clock: systemClock, timeoutMs: patienceMs };
  const fetched = await fetchOverTftp(readFilePlace(server), name, terms).catch((cause: unknown) => {
    throw new Error(`cannot fetch ${url}: ${messageOf(cause)}`, { cause });
  });
  if (!fetched.found) throw new Error(`cannot fetch ${url}: the server has no such file`);
  return fetched.bytes;
}

async function readUrl(url: string): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const { statusCode, body } = await request(url, { signal });
    if (statusCode !== 200) {
      await body.dump({ limit: longestTrustList, signal });
      throw new Error(`HTTP status ${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestTrustList) break;
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    const why = signal.aborted ? `no whole answer within ${patienceMs / 1000} s` : messageOf(cause);
    throw new Error(`cannot fetch ${url}: ${why}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
