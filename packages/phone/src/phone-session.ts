import type { KeyPair, KeyType } from '@opencapf/pki';
import {
  authResponse,
  CertificateType,
  type Complete,
  deleteCertificateResponse,
  fetchCertificateResponse,
  keyGenerateResponse,
  ProtocolError,
  ProtocolVersion,
  Reason,
  requestInProgress,
  signCertificateResponse,
  storeCertificateResponse,
} from '@opencapf/protocol';
import type { CapfConnection, Heard } from './capf-connection.js';
import type { CapfTrust } from './capf-trust.js';
import type { Clock } from './clock.js';
import { conclude, type Deed } from './conclusion.js';
import { PhoneError } from './errors.js';
import type { EnrollHooks, Observation } from './hooks.js';
import type { HeldCertificate, PhoneIdentity } from './identity.js';
import { requestedKey } from './key-request.js';
import { checkLsc } from './lsc-check.js';
import type { Outcome, Shown } from './outcome.js';
import { makeProof, type ProofSettings } from './proof.js';
import { type RequestSigning, signRequest } from './request-signature.js';

/** The phone that speaks. */
export interface Phone {
  readonly name: string;
  readonly version: ProtocolVersion;
  /** Empty: none. */
  readonly authString: string;
  /** Why the phone comes, as AUTH_RESPONSE says it. */
  readonly reason: number;
  readonly identity: PhoneIdentity;
  /** Undefined: it proves itself with no certificate. */
  readonly proof: ProofSettings | undefined;
  readonly trust: CapfTrust | undefined;
  /** Writes down what the phone holds from now on, before it tells the server. */
  readonly keep: (identity: PhoneIdentity) => Promise<void>;
  /** Writes down the key that it made, before it shows it; undefined: that none waits for a certificate any more. */
  readonly keepKey: (key: KeyPair | undefined) => Promise<void>;
  readonly showsMic: boolean;
  readonly signing: RequestSigning;
  readonly makeKey: NonNullable<EnrollHooks['makeKey']>;
  readonly clock: Clock;
  readonly note: (observation: Observation) => void;
}

/** One session from AUTH_REQUEST to its end: the phone does what it is told and remembers what it did. */
export class PhoneSession {
  /** What the phone holds now. */
  identity: PhoneIdentity;
  /** The reason of END_SESSION, when it came. */
  endReason: number | undefined;
  readonly #connection: CapfConnection;
  readonly #phone: Phone;
  /** The key that was made in this session. */
  #newKey: KeyPair | undefined;
  #deed: Deed | undefined;

  constructor(connection: CapfConnection, phone: Phone) {
    this.#connection = connection;
    this.#phone = phone;
    this.identity = phone.identity;
  }

  /** Rejects only with what a hook threw. */
  async run(): Promise<Outcome> {
    for (;;) {
      const heard = await this.#connection.hear();
      if (heard.kind !== 'message') return heard;
      const outcome = await this.#obey(heard);
      if (outcome !== undefined) return outcome;
    }
  }

  async #obey({ message, stage }: Heard): Promise<Outcome | undefined> {
    switch (message.command) {
      case 'AuthRequest':
        return this.#introduce(message);
      case 'KeyGenerateRequest':
        return this.#generateKey(message);
      case 'SignCertificateRequest':
        return this.#sign(message);
      case 'StoreCertificateRequest':
        return this.#store(message);
      case 'FetchCertificateRequest':
        return this.#show(message);
      case 'DeleteCertificateRequest':
        return this.#delete(message);
      case 'EndSession':
      case 'RetryLater':
        this.endReason = message.reason;
        await this.#forgetKey();
        return conclude({ by: message.command, reason: message.reason, stage }, this.#phone.version, this.#deed);
      default:
        return this.#connection.refuse(new PhoneError('capf-command-unsupported', message.command));
    }
  }

  /** A version-2 client does not look at the server's number (capf-wire-protocol.md, section 5, version negotiation). */
  async #introduce({ sessionId, version: announced }: Complete<'AuthRequest'>): Promise<Outcome | undefined> {
    const { name: deviceName, version, authString: password, reason, proof: settings } = this.#phone;
    if (version === ProtocolVersion.THREE && announced !== ProtocolVersion.THREE) {
      return this.#connection.refuse(new PhoneError('capf-version-unsupported', `version ${announced}`));
    }
    const proof = settings && makeProof(settings, this.identity, deviceName, sessionId);
    const introduction =
      version === ProtocolVersion.TWO
        ? { version, deviceName, reason }
        : { version, deviceName, reason, password, proof };
    await this.#connection.say(authResponse(sessionId, introduction));
    return undefined;
  }

  async #generateKey(request: Complete<'KeyGenerateRequest'>): Promise<Outcome | undefined> {
    const { sessionId } = request;
    const type = requestedKey(request, this.#phone.version);
    if (type instanceof ProtocolError) return this.#connection.refuse(type);
    this.#newKey = type && (await this.#makeKey(type, sessionId));
    if (this.#newKey !== undefined) await this.#keepKey(this.#newKey);
    await this.#connection.say(
      keyGenerateResponse(
        sessionId,
        this.#newKey === undefined ? { reason: Reason.INVALID_ELEMENT } : { publicKey: this.#newKey.spki },
      ),
    );
    return undefined;
  }

  /** Undefined when the phone cannot, and when the session ended meanwhile. */
  async #makeKey(type: KeyType, sessionId: number): Promise<KeyPair | undefined> {
    const { version, makeKey, note, clock } = this.#phone;
    const reportProgress = async () => {
      if (version === ProtocolVersion.THREE && this.#connection.stage === 'awaitingKeyGenerateResponse') {
        await this.#connection.say(requestInProgress(sessionId));
      }
    };
    await reportProgress();
    note({ kind: 'keyRequested', at: clock.now(), key: type });
    const making = makeKey(type, reportProgress);
    // A session that ends first leaves the key unmade: then nobody is there for its failure.
    making.catch(() => {});
    const key = await Promise.race([making, this.#connection.news()]);
    if (key === undefined) return undefined;
    note({ kind: 'keyMade', at: clock.now(), key: key.type });
    return key;
  }

  /** With the key that a certificate will be for: the one that was last asked for, else the one in use. */
  async #sign(request: Complete<'SignCertificateRequest'>): Promise<Outcome | undefined> {
    const { signing } = this.#phone;
    if (signing === 'closes')
      return this.#connection.refuse(new PhoneError('capf-command-unsupported', request.command));
    const key = this.#newKey ?? this.identity.requestedKey ?? this.identity.lsc?.key;
    const signature = key && signing !== 'refuses' ? signRequest(request, key) : undefined;
    const wrong = signing === 'signsWrongly' ? signature?.map((byte) => byte ^ 0x55) : signature;
    await this.#connection.say(
      signCertificateResponse(
        request.sessionId,
        wrong === undefined ? { reason: Reason.INVALID_ELEMENT } : { signature: wrong },
      ),
    );
    return undefined;
  }

  async #store(request: Complete<'StoreCertificateRequest'>): Promise<undefined> {
    const { trust, clock } = this.#phone;
    const lsc = checkLsc(request, { keys: this.#usableKeys, trust, now: clock.now() });
    if (lsc instanceof PhoneError) this.#deed = { kind: 'storeRejected', fault: lsc };
    else this.#deed = (await this.#keep(holding(this.identity, lsc))) ?? { kind: 'stored', lsc };
    const reason = this.#deed.kind === 'stored' ? Reason.UPDATE_CERTIFICATE : Reason.INVALID_ELEMENT;
    await this.#connection.say(storeCertificateResponse(request.sessionId, reason));
  }

  /** Asked without a type, a phone shows its LSC. */
  async #show({ sessionId, certificateType }: Complete<'FetchCertificateRequest'>): Promise<undefined> {
    const hasNoLsc = certificateType === undefined && this.#phone.showsMic && this.identity.lsc === undefined;
    const type = certificateType === CertificateType.MIC || (hasNoLsc && this.identity.mic) ? 'mic' : 'lsc';
    const certificate = this.identity[type]?.certificate;
    const before: readonly Shown[] = this.#deed?.kind === 'fetched' ? this.#deed.shown : [];
    this.#deed = { kind: 'fetched', shown: [...before, { type, certificate }] };
    await this.#connection.say(fetchCertificateResponse(sessionId, certificate));
  }

  async #delete({ sessionId }: Complete<'DeleteCertificateRequest'>): Promise<undefined> {
    const hadLsc = this.identity.lsc !== undefined;
    const failure = hadLsc ? await this.#keep({ mic: this.identity.mic }) : undefined;
    this.#deed = failure ?? { kind: 'deleted', hadLsc };
    const reason = hadLsc && failure === undefined ? Reason.UPDATE_CERTIFICATE : Reason.INVALID_ELEMENT;
    await this.#connection.say(deleteCertificateResponse(sessionId, reason));
  }

  /** A key of this session is the one that the certificate is for; without one, an earlier one, or that of the LSC. */
  get #usableKeys(): readonly KeyPair[] {
    const { requestedKey, lsc } = this.identity;
    const keys = this.#newKey === undefined ? [requestedKey, lsc?.key] : [this.#newKey];
    return keys.filter((key) => key !== undefined);
  }

  /** A new key takes the place of one that was asked for before. */
  async #keepKey(key: KeyPair): Promise<void> {
    try {
      await this.#phone.keepKey(key);
      this.identity = { ...this.identity, requestedKey: key };
    } catch (cause) {
      this.#newKey = undefined;
      this.#deed = { kind: 'notKept', cause };
    }
  }

  /** A server that ends the session in good order after it asked for a key sends no certificate for it any more. */
  async #forgetKey(): Promise<void> {
    if (this.#newKey === undefined || this.identity.requestedKey !== this.#newKey) return;
    try {
      await this.#phone.keepKey(undefined);
    } catch (cause) {
      this.#deed = { kind: 'notKept', cause };
    }
    const { requestedKey: _, ...others } = this.identity;
    this.identity = others;
  }

  async #keep(identity: PhoneIdentity): Promise<Deed | undefined> {
    try {
      await this.#phone.keep(identity);
    } catch (cause) {
      return { kind: 'notKept', cause };
    }
    this.identity = identity;
    return undefined;
  }
}

/** What the phone holds with this LSC: a key that was asked for and is now in use waits for nothing any more. */
function holding(identity: PhoneIdentity, lsc: HeldCertificate): PhoneIdentity {
  const { requestedKey, ...others } = identity;
  return requestedKey === undefined || requestedKey === lsc.key ? { ...others, lsc } : { ...identity, lsc };
}
