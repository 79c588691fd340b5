import { compileTrustAnchors, PkiError, type TrustAnchor, type TrustAnchors } from '@opencapf/pki';
import { type Database, readIssuerAnchors, readTrustAnchors, readTrustVersion } from '@opencapf/store';
import type { EventLog } from './event-log.js';

/** Somebody whose signature under the certificate of a phone is believed. */
export interface KnownAnchor extends TrustAnchor {
  /** SHA-256 over the DER, lower-case hex, where it stands in the trust store; issuers of ours do not. */
  readonly sha256: string | undefined;
}

/** What uses of the trust store are told to; `TrustUses` of the store is one. */
export interface UseCounter {
  count(sha256: string): void;
}

const purposeOrder = ['lscIssuer', 'foreignCapf', 'mic'] as const;

/**
 * Our issuers and the trust store, ready to verify with. They are read once and again whenever they have changed, which is
 * asked before each use: what an administrator says of trust holds for the next phone.
 */
export class TrustedIssuers {
  readonly #database: Database;
  readonly #uses: UseCounter;
  readonly #log: EventLog;
  #kept: { readonly version: string; readonly anchors: TrustAnchors<KnownAnchor> } | undefined;

  constructor(database: Database, uses: UseCounter, log: EventLog) {
    this.#database = database;
    this.#uses = uses;
    this.#log = log;
  }

  /** Issuers of ours first, so that an LSC of ours is never taken for one of another cluster. */
  async current(): Promise<TrustAnchors<KnownAnchor>> {
    const version = await readTrustVersion(this.#database);
    if (this.#kept?.version !== version) this.#kept = { version, anchors: await this.#read() };
    return this.#kept.anchors;
  }

  /** Counts that an anchor vouched for a phone. */
  countUse({ sha256 }: KnownAnchor): void {
    if (sha256 !== undefined) this.#uses.count(sha256);
  }

  async #read(): Promise<TrustAnchors<KnownAnchor>> {
    const [issuers, stored] = await Promise.all([readIssuerAnchors(this.#database), readTrustAnchors(this.#database)]);
    const ours = issuers.map(
      ({ der, acceptExpiredUntil }): KnownAnchor => ({
        der,
        purpose: 'lscIssuer',
        acceptExpiredUntil: acceptExpiredUntil ?? undefined,
        sha256: undefined,
      }),
    );
    const others = purposeOrder.flatMap((purpose) =>
      stored
        .filter((anchor) => anchor.purpose === purpose)
        .map(
          ({ der, sha256, allowExpired }): KnownAnchor => ({
            der,
            purpose,
            acceptExpiredUntil: allowExpired ? 'forever' : undefined,
            sha256,
          }),
        ),
    );
    return { entries: [...ours, ...others].flatMap((anchor) => this.#compile(anchor)) };
  }

  /** One that cannot be used must not keep the others from being used. */
  #compile(anchor: KnownAnchor): TrustAnchors<KnownAnchor>['entries'] {
    try {
      return compileTrustAnchors([anchor]).entries;
    } catch (fault) {
      if (!(fault instanceof PkiError)) throw fault;
      this.#log.warn({ err: fault, sha256: anchor.sha256 }, 'a trusted certificate cannot be used');
      return [];
    }
  }
}
