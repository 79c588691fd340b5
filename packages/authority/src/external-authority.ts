import { setMaxListeners } from 'node:events';
import {
  type CertificateRecord,
  checkPublicKey,
  type KeyType,
  PkiError,
  readCertificate,
  readPublicKey,
  sha256Hex,
} from '@opencapf/pki';
import type {
  AuthorityDescription,
  AuthorityKind,
  CertificateAuthority,
  CheckStep,
  IssueOutcome,
  PreparedCertificate,
  PrepareRequest,
  RequestIntent,
  ResumeRequest,
  UnknownOutcome,
} from './authority.js';
import type { AuthorityClient, ClientOutcome, ComposedRequest } from './authority-client.js';
import { makeCertificationRequest } from './certification-request.js';
import { AuthorityError } from './errors.js';
import { checkIssuedCertificate } from './issued-certificate.js';

/** How an authority elsewhere is asked, and what is asked of it. */
export interface ExternalAuthoritySettings {
  readonly kind: Exclude<AuthorityKind, 'local'>;
  /** The certificate that LSCs are signed by, DER: the trust anchor for issued LSCs. */
  readonly issuerCertificate: Uint8Array;
  /** `phone`: the phone signs the request with its new key, which is provisional. Default `none`. */
  readonly proofOfPossession?: 'none' | 'phone' | undefined;
  /** Smallest RSA key of a phone in bits; 1024 by default (`OPENCAPF_MIN_RSA_KEY_SIZE`). */
  readonly minRsaBits?: number | undefined;
  readonly now?: (() => Date) | undefined;
}

const never = new AbortController().signal;
// Every call without a signal of its own listens to it.
setMaxListeners(0, never);

/**
 * An authority elsewhere, whatever protocol it is asked by. Phones' keys are checked before anything leaves, and what comes
 * back is checked before anybody else sees it.
 */
export class ExternalAuthority implements CertificateAuthority {
  declare readonly poll?: NonNullable<CertificateAuthority['poll']>;
  declare readonly reconcile?: NonNullable<CertificateAuthority['reconcile']>;
  declare readonly revoke?: NonNullable<CertificateAuthority['revoke']>;
  declare readonly fetchChain?: NonNullable<CertificateAuthority['fetchChain']>;
  declare readonly check?: NonNullable<CertificateAuthority['check']>;
  readonly #client: AuthorityClient;
  readonly #settings: ExternalAuthoritySettings;
  readonly #issuer: CertificateRecord;
  readonly #forbiddenKeys: ReadonlySet<string>;
  readonly #now: () => Date;
  readonly #sent = new WeakSet<PreparedCertificate>();

  /** @throws PkiError `certificate-unreadable` */
  constructor(client: AuthorityClient, settings: ExternalAuthoritySettings) {
    this.#client = client;
    this.#settings = settings;
    this.#issuer = readCertificate(settings.issuerCertificate);
    this.#forbiddenKeys = new Set([sha256Hex(this.#issuer.spki)]);
    this.#now = settings.now ?? (() => new Date());
    const { poll, reconcile, revoke, fetchChain, check } = client;
    if (poll !== undefined) {
      this.poll = async (prepared, pollReference, signal = never) =>
        this.#checkedIfKnown(prepared, await poll.call(client, composedOf(prepared), pollReference, signal));
    }
    if (reconcile !== undefined) {
      this.reconcile = async (prepared, signal = never) =>
        this.#checkedIfKnown(prepared, await reconcile.call(client, composedOf(prepared), signal));
    }
    if (revoke !== undefined) {
      this.revoke = async (certificate, reason, signal = never) =>
        await revoke.call(client, certificate, reason, signal);
    }
    if (fetchChain !== undefined) this.fetchChain = async (signal = never) => await fetchChain.call(client, signal);
    if (check !== undefined) this.check = (signal = never): AsyncIterable<CheckStep> => check.call(client, signal);
  }

  /**
   * Rejects with PkiError `public-key-*`, `device-name-malformed`; AuthorityError `key-proof-missing`, `key-proof-wrong`, and
   * what the client's `compose` rejects with.
   */
  async prepare({
    deviceName,
    spki,
    expectedKey,
    proveKey,
  }: PrepareRequest): Promise<PreparedCertificate<RequestIntent>> {
    this.#requireSoundKey(spki, expectedKey);
    const prove = this.#settings.proofOfPossession === 'phone' ? (proveKey ?? noProof) : undefined;
    const { request, reference } = await this.#client.compose({
      deviceName,
      spki,
      certificationRequest: async () => await makeCertificationRequest({ deviceName, spki }, prove),
    });
    return { deviceName, spki, intent: { kind: 'request', request, reference }, warnings: [] };
  }

  /** Rejects with PkiError `public-key-*`; AuthorityError `intended-certificate-mismatch`. */
  async resume({ deviceName, spki, intent }: ResumeRequest): Promise<PreparedCertificate<RequestIntent>> {
    if (intent.kind !== 'request') throw new AuthorityError('intended-certificate-mismatch');
    const { kind, size } = readPublicKey(spki);
    this.#requireSoundKey(spki, kind === 'rsa' ? { kind, size } : { kind, size });
    return { deviceName, spki, intent, warnings: [] };
  }

  /** Sends a request. One that certainly was not taken may be sent again: `resume` it. */
  async issue(prepared: PreparedCertificate, signal: AbortSignal = never): Promise<IssueOutcome> {
    if (this.#sent.has(prepared)) throw new AuthorityError('prepared-certificate-spent');
    this.#sent.add(prepared);
    return this.#checked(prepared, await this.#client.submit(composedOf(prepared), signal));
  }

  describe(): AuthorityDescription {
    const { subject, der, notAfter } = this.#issuer;
    return {
      kind: this.#settings.kind,
      issuer: subject,
      issuerSha256: sha256Hex(der),
      issuerNotAfter: notAfter,
      validityDays: undefined,
    };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #checkedIfKnown(
    prepared: PreparedCertificate,
    outcome: ClientOutcome | UnknownOutcome,
  ): IssueOutcome | UnknownOutcome {
    return outcome.state === 'unknown' ? outcome : this.#checked(prepared, outcome);
  }

  #checked({ deviceName, spki }: PreparedCertificate, outcome: ClientOutcome): IssueOutcome {
    if (outcome.state !== 'issued') return outcome;
    const expected = { deviceName, spki, issuer: this.#issuer, now: this.#now() };
    return { state: 'issued', ...checkIssuedCertificate(outcome.certificates, expected) };
  }

  #requireSoundKey(spki: Uint8Array, expected: KeyType): void {
    const { minRsaBits = 1024 } = this.#settings;
    const check = checkPublicKey(spki, expected, { minRsaBits, forbiddenKeys: this.#forbiddenKeys });
    if (!check.ok) throw new PkiError(check.code, check.reason);
  }
}

function composedOf({ deviceName, spki, intent }: PreparedCertificate): ComposedRequest {
  if (intent.kind !== 'request') throw new AuthorityError('intended-certificate-mismatch');
  const { request, reference } = intent;
  return { deviceName, spki, request, reference };
}

async function noProof(): Promise<never> {
  throw new AuthorityError('key-proof-missing');
}
