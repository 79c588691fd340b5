import { PkiError, readCertificate } from '@opencapf/pki';
import type { UnknownOutcome } from '../authority.js';
import type { ClientOutcome, ComposedRequest } from '../authority-client.js';
import { disposition } from './certsrv-page.js';
import type { CertsrvSession } from './certsrv-session.js';
import type { KnownRequests } from './known-requests.js';
import { passingFault } from './refusals.js';

/** So many numbers are looked at, and so many that the CA does not know end the search. */
const farthest = 200;
const widestGap = 5;

/**
 * Looks for a request whose answer was lost. The pages answer no question about keys, but requests are numbered as they come:
 * the certificates behind the numbers that were given since the request left are looked at.
 *
 * A request that waits for approval shows no key. Where one of those numbers waits and belongs to nobody that we know, or
 * nothing is found, nobody can say what came of the request; the CA may still be about to take it.
 */
export async function searchByKey(
  session: CertsrvSession,
  { spki, reference }: ComposedRequest,
  after: number,
  known: KnownRequests,
  host: string,
  signal: AbortSignal,
): Promise<ClientOutcome | UnknownOutcome> {
  let gap = 0;
  const waiting: number[] = [];
  for (let number = after + 1; number <= after + farthest && gap < widestGap; number++) {
    const owner = known.ownerOf(number);
    if (owner !== undefined && owner !== reference) {
      gap = 0;
      continue;
    }
    const download = await session.download(number, signal);
    if ('certificate' in download) {
      gap = 0;
      if (isFor(spki, download.certificate)) {
        known.note(number, reference);
        return { state: 'issued', certificates: [download.certificate] };
      }
      continue;
    }
    const fault = passingFault(download.page, host);
    if (fault !== undefined) throw fault;
    if (download.page.disposition === disposition.pending) waiting.push(number);
    gap = download.page.disposition === undefined ? gap + 1 : 0;
  }
  const others = waiting.length === 0 ? '' : ` Of the later ones ${waiting.join(', ')} wait for approval; deny them.`;
  return {
    state: 'unknown',
    reason: `The CA has issued nothing for this key in the requests after number ${after}.${others.slice(0, 300)}`,
  };
}

function isFor(spki: Uint8Array, certificate: Uint8Array): boolean {
  try {
    return Buffer.compare(readCertificate(certificate).spki, spki) === 0;
  } catch (fault) {
    // Whatever else the CA issues need not be readable here.
    if (fault instanceof PkiError) return false;
    throw fault;
  }
}
