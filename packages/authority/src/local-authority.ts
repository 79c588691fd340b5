import { randomBytes as systemRandomBytes } from 'node:crypto';
import {
  checkPublicKey,
  compileLscProfile,
  type Issuer,
  inBlocks,
  type KeyType,
  type LscProfile,
  type LscProfileSettings,
  longestStorableCertificate,
  lscValidityDays,
  PkiError,
  type RandomBytes,
  randomSerial,
  readIntendedLsc,
  readPublicKey,
  sha256Hex,
  type Validity,
  validityWithin,
} from '@opencapf/pki';
import type {
  AuthorityDescription,
  CertificateAuthority,
  CertificateIntent,
  IssuanceWarning,
  IssuedCertificate,
  PreparedCertificate,
  PrepareRequest,
  ResumeRequest,
} from './authority.js';
import { AuthorityError } from './errors.js';

/** Settings of a local authority. */
export interface LocalAuthoritySettings extends LscProfileSettings {
  /** Whole days, 1 to 1825; 365 by default. */
  readonly validityDays?: number | undefined;
  /** Smallest RSA key of a phone in bits; 1024 by default (`OPENCAPF_MIN_RSA_KEY_SIZE`). */
  readonly minRsaBits?: number | undefined;
  /** SHA-256 (lower-case hex) over SubjectPublicKeyInfos that no device may have; the issuer's own is always among them. */
  readonly forbiddenKeys?: Iterable<string> | undefined;
  readonly randomBytes?: RandomBytes | undefined;
}

/** What the record says of a certificate, settled before it is signed. */
type SettledCertificate = Omit<IssuedCertificate, 'certificate'>;

/** Of an authority that signs by itself, the dates are settled too. */
export interface SettledLsc extends PreparedCertificate<CertificateIntent>, Validity {}

/**
 * An authority that signs with a key of our own.
 *
 * A crash between signing and committing is mended by `resume`: with an RSA issuer it gives the same certificate to the
 * last byte; with an EC issuer another signature over the same to-be-signed bytes, so that of two certificates with one
 * serial number only the committed one ever leaves this machine.
 */
export class LocalAuthority implements CertificateAuthority {
  readonly #issuer: Issuer;
  readonly #profile: LscProfile;
  readonly #validityDays: number;
  readonly #minRsaBits: number;
  readonly #forbiddenKeys: ReadonlySet<string>;
  readonly #randomBytes: RandomBytes;
  readonly #prepared = new WeakMap<PreparedCertificate, SettledCertificate | 'spent'>();

  /** @throws AuthorityError `authority-setting-invalid`; PkiError `url-malformed` */
  constructor(issuer: Issuer, settings: LocalAuthoritySettings = {}) {
    const { validityDays = lscValidityDays.byDefault, minRsaBits = 1024 } = settings;
    const { shortest, longest } = lscValidityDays;
    if (!Number.isInteger(validityDays) || validityDays < shortest || validityDays > longest) {
      throw new AuthorityError(
        'authority-setting-invalid',
        `The validity must be ${shortest} to ${longest} whole days.`,
      );
    }
    this.#issuer = issuer;
    this.#profile = compileLscProfile(issuer, settings);
    this.#validityDays = validityDays;
    this.#minRsaBits = minRsaBits;
    this.#forbiddenKeys = new Set([...(settings.forbiddenKeys ?? []), sha256Hex(issuer.certificate.spki)]);
    this.#randomBytes = settings.randomBytes ?? inBlocks(systemRandomBytes);
  }

  /**
   * Rejects with PkiError `public-key-*`, `device-name-malformed`, `issuer-expired`, `issuer-not-yet-valid`;
   * AuthorityError `certificate-too-large`.
   */
  async prepare({ deviceName, spki, expectedKey, now }: PrepareRequest): Promise<SettledLsc> {
    this.#requireSoundKey(spki, expectedKey);
    const { notBefore, notAfter, cutShortFrom } = validityWithin(this.#issuer.certificate, now, this.#validityDays);
    const serial = randomSerial(this.#randomBytes);
    const tbs = this.#profile.encodeTbs({ deviceName, spki, serial, notBefore, notAfter });
    const size = this.#profile.largestSize(tbs);
    if (size > longestStorableCertificate) {
      throw new AuthorityError(
        'certificate-too-large',
        `The certificate would have ${size} bytes, and phones take ${longestStorableCertificate}. Shorten the issuer's URLs or names.`,
      );
    }
    const warnings = cutShortFrom === undefined ? [] : [validityCutShort(cutShortFrom, notAfter)];
    const intent: CertificateIntent = { kind: 'certificate', serial, tbs };
    return this.#admit({ deviceName, spki, intent, warnings, notBefore, notAfter });
  }

  /**
   * Rejects with AuthorityError `intended-certificate-mismatch`, `intended-certificate-expired`; PkiError `public-key-*`,
   * `lsc-tbs-malformed`, `issuer-expired`, `issuer-not-yet-valid`.
   */
  async resume({ deviceName, spki, intent, now }: ResumeRequest): Promise<SettledLsc> {
    if (intent.kind !== 'certificate') throw new AuthorityError('intended-certificate-mismatch');
    const intended = readIntendedLsc(this.#profile, intent.tbs);
    const { notBefore, notAfter } = intended;
    const issuer = this.#issuer.certificate;
    if (
      intended.deviceName !== deviceName ||
      Buffer.compare(intended.serial, intent.serial) !== 0 ||
      Buffer.compare(intended.spki, spki) !== 0 ||
      notBefore < issuer.notBefore ||
      notAfter > issuer.notAfter
    ) {
      throw new AuthorityError('intended-certificate-mismatch');
    }
    const { kind, size } = readPublicKey(spki);
    this.#requireSoundKey(spki, kind === 'rsa' ? { kind, size } : { kind, size });
    if (notAfter <= now) throw new AuthorityError('intended-certificate-expired');
    return this.#admit({ deviceName, spki, intent, warnings: [], notBefore, notAfter });
  }

  /**
   * Signs once. A signature that fails spends the prepared certificate too: resume it from the committed intent.
   *
   * Rejects with AuthorityError `prepared-certificate-unknown`, `prepared-certificate-spent`; PkiError `signing-failed`.
   */
  async issue(prepared: PreparedCertificate): Promise<{ readonly state: 'issued' } & IssuedCertificate> {
    const settled = this.#prepared.get(prepared);
    if (settled === undefined || prepared.intent.kind !== 'certificate') {
      throw new AuthorityError('prepared-certificate-unknown');
    }
    if (settled === 'spent') throw new AuthorityError('prepared-certificate-spent');
    this.#prepared.set(prepared, 'spent');
    const { tbs } = prepared.intent;
    const certificate = this.#profile.assemble(tbs, await this.#issuer.signer.sign(tbs));
    return { state: 'issued', certificate, ...settled };
  }

  describe(): AuthorityDescription {
    const { certificate } = this.#issuer;
    return {
      kind: 'local',
      issuer: certificate.subject,
      issuerSha256: sha256Hex(certificate.der),
      issuerNotAfter: certificate.notAfter,
      validityDays: this.#validityDays,
    };
  }

  async close(): Promise<void> {
    await this.#issuer.signer.close?.();
  }

  #requireSoundKey(spki: Uint8Array, expected: KeyType): void {
    const check = checkPublicKey(spki, expected, { minRsaBits: this.#minRsaBits, forbiddenKeys: this.#forbiddenKeys });
    if (!check.ok) throw new PkiError(check.code, check.reason);
  }

  #admit(prepared: SettledLsc): SettledLsc {
    const { intent, deviceName, notBefore, notAfter } = prepared;
    this.#prepared.set(prepared, {
      serial: intent.serial,
      subject: this.#profile.subject(deviceName),
      issuer: this.#issuer.certificate.subject,
      notBefore,
      notAfter,
    });
    return prepared;
  }
}

function validityCutShort(wantedNotAfter: Date, notAfter: Date): IssuanceWarning {
  return {
    code: 'validity-cut-short',
    message: `The certificate ends with its issuer on ${notAfter.toISOString()} instead of ${wantedNotAfter.toISOString()}.`,
    wantedNotAfter,
  };
}
