import { toPem } from '@opencapf/pki';
import { type AuthorityRequestFacts, type Database, listAuthorityRequests } from '@opencapf/store';
import { strToU8, Zip, ZipPassThrough } from 'fflate';

/** Requests that are read and written between two turns of the event loop, in which phones are served. */
const atOnce = 200;

type Pages = AsyncIterable<readonly AuthorityRequestFacts[]>;

/** The open requests to an authority, the newest first, so many at most. */
export async function* pendingRequests(
  database: Database,
  issuer: number,
  most: number,
): AsyncGenerator<readonly AuthorityRequestFacts[]> {
  let before: number | undefined;
  for (let left = most; left > 0; left -= atOnce) {
    const { rows, next } = await listAuthorityRequests(
      database,
      { issuer, open: true },
      Math.min(left, atOnce),
      before,
    );
    yield rows;
    if (next === undefined) return;
    before = next;
  }
}

/** One PKCS#10 after the other. */
export async function* requestsAsPem(pages: Pages): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => toPem('CERTIFICATE REQUEST', row.request)).join('');
}

/** A PKCS#10 and the bare public key of each, a PEM file each, not compressed. */
export async function* requestsAsZip(pages: Pages): AsyncGenerator<Buffer> {
  let made: Uint8Array[] = [];
  const zip = new Zip((fault, chunk) => {
    if (fault !== null) throw fault;
    made.push(chunk);
  });
  const add = (name: string, text: string): void => {
    const file = new ZipPassThrough(name);
    zip.add(file);
    file.push(strToU8(text), true);
  };
  for await (const rows of pages) {
    for (const { device, certificate, request, publicKey } of rows) {
      add(`${device}-${certificate}.csr.pem`, toPem('CERTIFICATE REQUEST', request));
      add(`${device}-${certificate}.pub.pem`, toPem('PUBLIC KEY', publicKey));
    }
    yield Buffer.concat(made);
    made = [];
  }
  zip.end();
  yield Buffer.concat(made);
}
