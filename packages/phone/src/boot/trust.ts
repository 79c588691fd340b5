import { createHash } from 'node:crypto';
import type { CertificateRecord } from '@opencapf/pki';
import {
  configurationSigners,
  httpsFileServers,
  type KnownSigner,
  readTrustList,
  TftpError,
  type TrustList,
  type TrustListKind,
  trustListSigners,
} from '@opencapf/tftp/readers';
import { PhoneError } from '../errors.js';
import type { BootKeeper, BootState } from './boot-directory.js';
import type { FetchFile } from './file-place.js';
import type { BootStep } from './trace.js';

/** What a phone trusts: by the lists that it holds and by nothing else (tftp-file-formats.md, section 5.4). */
export class PhoneTrust {
  readonly #lists = new Map<TrustListKind, { readonly bytes: Uint8Array; readonly list: TrustList }>();

  /**
   * A phone that boots again believes what it has taken before.
   *
   * @throws PhoneError `phone-directory-inconsistent`
   */
  constructor(held: BootState['lists']) {
    for (const kind of ['ctl', 'itl'] as const) {
      const bytes = held[kind];
      if (bytes !== undefined) {
        this.#lists.set(kind, { bytes, list: readHeld(kind, bytes) });
      }
    }
  }

  /** Whether it holds any list. */
  get isEmpty(): boolean {
    return this.#lists.size === 0;
  }

  /** Whose signature on configuration files it believes. */
  get configurationSigners(): readonly KnownSigner[] {
    return this.#all.flatMap((list) => configurationSigners(list));
  }

  /** What an HTTPS server of its configuration must hold; empty: no list tells it to ask one. */
  get httpsFileServers(): readonly CertificateRecord[] {
    return this.#all.flatMap((list) => httpsFileServers(list));
  }

  /** What a CAPF server must hold, with the host names that lists tell. */
  get capfServers(): readonly { readonly certificate: CertificateRecord; readonly host: string | undefined }[] {
    return this.#all
      .flatMap(({ records }) => records)
      .flatMap(({ role, certificate, dnsName }) =>
        role === 'CAPF' && certificate !== undefined ? [{ certificate, host: dnsName || undefined }] : [],
      );
  }

  /**
   * Asks for the lists as phones do: the CTL, the ITL, and the ITL of all phones when there is none of its own. One that is not
   * signed by a signer that it knows is refused, and the one before stays.
   *
   * Rejects with PhoneError `files-unreachable`, `files-answer-unusable`, and what the keeper rejects with.
   */
  async update(name: string, fetch: FetchFile, keeper: BootKeeper, note: (step: BootStep) => void): Promise<void> {
    const ctl = await fetch(`CTL${name}.tlv`);
    if (ctl.found) await this.#take('ctl', ctl.bytes, keeper, note);
    const own = await fetch(`ITL${name}.tlv`);
    const itl = own.found ? own : await fetch('ITLFile.tlv');
    if (itl.found) await this.#take('itl', itl.bytes, keeper, note);
  }

  async #take(
    kind: TrustListKind,
    bytes: Uint8Array,
    keeper: BootKeeper,
    note: (step: BootStep) => void,
  ): Promise<void> {
    const held = this.#lists.get(kind);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (held !== undefined && Buffer.from(held.bytes).equals(bytes)) {
      return note({ step: 'trustList', kind, verdict: 'unchanged', sha256 });
    }
    const isFirst = this.isEmpty;
    try {
      const known = isFirst ? ('first-list' as const) : this.#all.flatMap((list) => trustListSigners(list));
      this.#lists.set(kind, { bytes, list: readTrustList(bytes, { kind, known }) });
    } catch (fault) {
      if (!(fault instanceof TftpError)) throw fault;
      return note({ step: 'trustList', kind, verdict: 'refused', code: fault.code, sha256 });
    }
    await keeper.keepList(kind, bytes);
    note({ step: 'trustList', kind, verdict: isFirst ? 'first' : 'taken', sha256 });
  }

  get #all(): readonly TrustList[] {
    return [...this.#lists.values()].map(({ list }) => list);
  }
}

function readHeld(kind: TrustListKind, bytes: Uint8Array): TrustList {
  try {
    return readTrustList(bytes, { kind, known: 'first-list' });
  } catch (cause) {
    if (!(cause instanceof TftpError)) throw cause;
    throw new PhoneError('phone-directory-inconsistent', `${kind}.tlv`, { cause });
  }
}
