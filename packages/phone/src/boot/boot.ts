import { certificateMd5 } from '@opencapf/pki';
import { openEncryptedFile, readSignedFile, TftpError } from '@opencapf/tftp/readers';
import { type Clock, systemClock } from '../clock.js';
import { PhoneError } from '../errors.js';
import type { PhoneIdentity } from '../identity.js';
import type { Outcome } from '../outcome.js';
import { wait } from '../wait.js';
import { type BootKeeper, forgetfulKeeper } from './boot-directory.js';
import type { BootOptions } from './boot-options.js';
import { visitCapf } from './capf-visits.js';
import { automatic, type BootDecision, decide } from './decision.js';
import type { Fetched, FetchFile } from './file-place.js';
import { type FetchTerms, fetchOverHttp } from './http-files.js';
import { fetchOverHttps, type HttpsParties } from './https-files.js';
import { type PhoneConfiguration, readPhoneConfiguration } from './phone-configuration.js';
import { fetchOverTftp } from './tftp-files.js';
import type { BootStep, TracedStep } from './trace.js';
import { PhoneTrust } from './trust.js';

/** What came of a boot. */
export type BootOutcome =
  /** It has its full configuration. */
  | { readonly kind: 'configured'; readonly configuration: Uint8Array; readonly encrypted: boolean }
  /** There is nothing for it but a partial file that asks for nothing. */
  | {
      readonly kind: 'notConfigured';
      readonly code: 'partial-file-alone' | 'capf-without-end' | 'encrypted-file-missing';
    }
  /** CAPF has nothing for a phone that has neither MIC nor LSC to show. */
  | { readonly kind: 'withoutCertificate' }
  /** A user must enter the authentication string. */
  | { readonly kind: 'awaitsString' }
  /** CAPF ended the visit without what the phone came for, or could not be reached. */
  | { readonly kind: 'capfFailed'; readonly outcome: Outcome }
  /** No list tells whom to trust on port 3804, or no server is named. */
  | { readonly kind: 'capfUnknown'; readonly code: 'capf-not-in-trust-list' | 'capf-server-unnamed' }
  /** Its files could not be had. */
  | { readonly kind: 'filesFault'; readonly fault: PhoneError }
  | { readonly kind: 'configurationMissing'; readonly name: string }
  /** A file was not believed, or not readable. */
  | { readonly kind: 'fileRefused'; readonly name: string; readonly fault: TftpError | PhoneError }
  /** Its signal broke it off. */
  | { readonly kind: 'brokenOff' };

/** What a boot came to, and how. */
export interface Boot {
  readonly outcome: BootOutcome;
  readonly trace: readonly TracedStep[];
  readonly identity: PhoneIdentity;
}

/** A phone whose hash stays unknown, or whose mode stays set, does not go round for ever. */
const mostRounds = 5;

const defaultResetMs = 1_000;

/** tftp-file-formats.md, section 8. */
const defaultHttpsPort = 6971;

/**
 * Boots as a phone does (tftp-file-formats.md, section 8; phone-behaviour.md): trust lists, configuration, hash, a CAPF session when
 * it needs one, and again from the beginning after it, the encrypted configuration.
 *
 * Whatever servers do is an outcome. Rejects with PhoneError `phone-directory-*`, and ProtocolError `wire-value-out-of-range`.
 */
export async function bootPhone(options: BootOptions): Promise<Boot> {
  const { clock = systemClock, timeoutMs = 10_000, observe } = options;
  const keeper = options.keeper ?? forgetfulKeeper({ mic: options.mic });
  const state = await keeper.load();
  const trace: TracedStep[] = [];
  const note = (step: BootStep): void => {
    const traced = { ...step, at: clock.now() };
    trace.push(traced);
    observe?.(traced);
  };
  const booting = new Booting(options, keeper, new PhoneTrust(state.lists), note, {
    clock,
    ...fetching(options, note, { clock, timeoutMs, signal: options.signal }),
    identity: options.mic === undefined ? state.identity : { ...state.identity, mic: options.mic },
    storedMode: state.storedMode,
  });
  const outcome = await booting.run();
  return { outcome, trace, identity: booting.identity };
}

function fetching(
  { place, httpsPort = defaultHttpsPort }: BootOptions,
  note: (step: BootStep) => void,
  terms: FetchTerms,
): Pick<BootBeginning, 'fetch' | 'fetchOverHttps'> {
  const fetch = place.transport === 'http' ? fetchOverHttp : fetchOverTftp;
  const noted = async (name: string, fetching: Promise<Fetched>, how: { over?: 'https' } = {}): Promise<Fetched> => {
    const fetched = await fetching;
    note({
      ...{ step: 'file', name },
      ...(fetched.found ? { result: 'found', bytes: fetched.bytes.length } : { result: 'missing' }),
      ...how,
    });
    return fetched;
  };
  const https = { host: place.host, port: httpsPort };
  return {
    fetch: async (name) => await noted(name, fetch(place, name, terms)),
    fetchOverHttps: async (name, parties) =>
      await noted(name, fetchOverHttps(https, name, terms, parties), { over: 'https' }),
  };
}

/** What changes while a phone boots. */
interface BootBeginning {
  readonly clock: Clock;
  readonly fetch: FetchFile;
  readonly fetchOverHttps: (name: string, parties: HttpsParties) => Promise<Fetched>;
  readonly identity: PhoneIdentity;
  readonly storedMode: number | undefined;
}

class Booting {
  readonly #options: BootOptions;
  readonly #keeper: BootKeeper;
  readonly #trust: PhoneTrust;
  readonly #note: (step: BootStep) => void;
  readonly #clock: Clock;
  readonly #fetch: FetchFile;
  readonly #fetchOverHttps: BootBeginning['fetchOverHttps'];
  #storedMode: number | undefined;
  /** What the phone holds now. */
  identity: PhoneIdentity;

  constructor(
    options: BootOptions,
    keeper: BootKeeper,
    trust: PhoneTrust,
    note: (step: BootStep) => void,
    { clock, fetch, fetchOverHttps, identity, storedMode }: BootBeginning,
  ) {
    this.#options = options;
    this.#keeper = keeper;
    this.#trust = trust;
    this.#note = note;
    this.#clock = clock;
    this.#fetch = fetch;
    this.#fetchOverHttps = fetchOverHttps;
    this.#storedMode = storedMode;
    this.identity = identity;
  }

  async run(): Promise<BootOutcome> {
    const { resetMs = defaultResetMs, signal } = this.#options;
    try {
      for (let round = 0; round < mostRounds; round += 1) {
        const outcome = await this.#round();
        if (outcome !== 'restart') return outcome;
        await wait(resetMs, this.#clock, signal);
        if (signal?.aborted) return { kind: 'brokenOff' };
      }
      return { kind: 'notConfigured', code: 'capf-without-end' };
    } catch (fault) {
      if (fault instanceof PhoneError && signal?.aborted) return { kind: 'brokenOff' };
      if (fault instanceof PhoneError && fault.code.startsWith('files-')) return { kind: 'filesFault', fault };
      throw fault;
    }
  }

  /** From the trust lists to the configuration, or to why it has to begin again. */
  async #round(): Promise<BootOutcome | 'restart'> {
    const { name } = this.#options;
    await this.#trust.update(name, this.#fetch, this.#keeper, this.#note);
    const file = await this.#fetchConfiguration();
    if ('kind' in file) return file;
    const { configuration } = file;
    const ownHash = this.#ownHash;
    this.#note({
      step: 'hash',
      own: ownHash ?? null,
      certHash: configuration.certHash,
      equal: ownHash === configuration.certHash,
    });
    const decision = decide(configuration, {
      ownHash,
      authString: this.#options.authString,
      storedMode: this.#storedMode,
      overHttps: file.overHttps,
    });
    return await this.#follow(decision, file);
  }

  async #follow(decision: BootDecision, file: ReadConfiguration): Promise<BootOutcome | 'restart'> {
    this.#note({
      step: 'decision',
      next: decision.next,
      ...(decision.next === 'goToCapf' ? { reason: decision.reason, by: decision.credential.by } : {}),
    });
    switch (decision.next) {
      case 'awaitString':
        return { kind: 'awaitsString' };
      case 'useConfiguration':
        return await this.#use(file);
      case 'fetchEncrypted':
        return await this.#fetchEncrypted(file);
      case 'goToCapf':
        return await this.#goToCapf(decision, file);
    }
  }

  async #use({ configuration, content, overHttps }: ReadConfiguration): Promise<BootOutcome> {
    if (!configuration.fullConfig) return { kind: 'notConfigured', code: 'partial-file-alone' };
    await this.#keeper.keepConfiguration(content);
    return { kind: 'configured', configuration: content, encrypted: overHttps };
  }

  /**
   * Signed when the phone believes somebody who signs configuration files, plain else. Where its trust list says so, and it fetches by
   * HTTP, it is asked for over HTTPS under the name of the signed one, and what comes there has no signature.
   */
  async #fetchConfiguration(): Promise<ReadConfiguration | BootOutcome> {
    const signers = this.#trust.configurationSigners;
    const servers = this.#options.place.transport === 'http' ? this.#trust.httpsFileServers : [];
    const overHttps = servers.length > 0;
    const isSigned = signers.length > 0 && !overHttps;
    const fileName = `${this.#options.name}.cnf.xml${isSigned || overHttps ? '.sgn' : ''}`;
    const fetched = overHttps
      ? await this.#fetchOverHttps(fileName, { servers, shown: this.identity.lsc })
      : await this.#fetch(fileName);
    if (!fetched.found) return { kind: 'configurationMissing', name: fileName };
    try {
      const content = isSigned ? readSignedFile(fetched.bytes, { fileName, signers }).content : fetched.bytes;
      const configuration = readPhoneConfiguration(content);
      const { capfServers, ...read } = configuration;
      this.#note({
        step: 'configuration',
        signed: isSigned,
        ...read,
        capfServers: capfServers.map(({ host, port }) => `${host}:${port}`),
      });
      return { configuration, content, overHttps };
    } catch (fault) {
      if (!(fault instanceof TftpError || fault instanceof PhoneError)) throw fault;
      return { kind: 'fileRefused', name: fileName, fault };
    }
  }

  async #fetchEncrypted(file: ReadConfiguration): Promise<BootOutcome | 'restart'> {
    const fileName = `${this.#options.name}.cnf.xml.enc.sgn`;
    const fetched = await this.#fetch(fileName);
    if (!fetched.found) {
      // Encryption was switched off on the server: the phone asks for the signed file again, once.
      const again = await this.#fetchConfiguration();
      if ('kind' in again) return again;
      if (again.configuration.encrConfig) return { kind: 'notConfigured', code: 'encrypted-file-missing' };
      this.#note({ step: 'restart', why: 'encryptionSwitchedOff' });
      return 'restart';
    }
    const holder = this.identity.lsc ?? this.identity.mic;
    try {
      if (holder === undefined) throw new TftpError('file-key-other', 'The phone has no key.');
      const { content } = openEncryptedFile(fetched.bytes, {
        fileName,
        signers: this.#trust.configurationSigners,
        phoneKey: holder.key.privateKey,
      });
      this.#note({ step: 'encrypted', opened: true });
      await this.#keeper.keepConfiguration(content);
      return { kind: 'configured', configuration: content, encrypted: true };
    } catch (fault) {
      if (!(fault instanceof TftpError)) throw fault;
      this.#note({ step: 'encrypted', opened: false, code: fault.code });
      return await this.#follow(automatic('decryptionFailed', this.#options.authString), file);
    }
  }

  async #goToCapf(
    { reason, credential }: Extract<BootDecision, { next: 'goToCapf' }>,
    file: ReadConfiguration,
  ): Promise<BootOutcome | 'restart'> {
    const trusted = this.#trust.capfServers;
    if (trusted.length === 0) return { kind: 'capfUnknown', code: 'capf-not-in-trust-list' };
    const named = file.configuration.capfServers;
    const servers = named.length > 0 ? named : trusted.flatMap(({ host }) => (host ? [{ host, port: 3804 }] : []));
    if (servers.length === 0) return { kind: 'capfUnknown', code: 'capf-server-unnamed' };
    const mode = this.#storedMode ?? file.configuration.capfAuthMode;
    if (mode !== 0) await this.#keeper.keepMode(mode);
    const before = this.#ownHash;
    const { enrollment } = await visitCapf({
      servers,
      certificates: trusted.map(({ certificate }) => certificate),
      reason,
      credential,
      identity: this.identity,
      boot: this.#options,
      keeper: this.#keeper,
      clock: this.#clock,
      note: this.#note,
    });
    this.identity = enrollment.identity;
    const { outcome } = enrollment;
    if (outcome.kind === 'connectionFault' || outcome.kind === 'left') return { kind: 'capfFailed', outcome };
    await this.#keeper.keepMode(undefined);
    this.#storedMode = undefined;
    if (this.#ownHash !== before || outcome.kind === 'installed') {
      this.#note({ step: 'restart', why: 'lscUpdated' });
      return 'restart';
    }
    const isKeySync = reason !== 'manualSession';
    const ended = outcome.kind === 'fetched' || outcome.kind === 'nothingFetched' || outcome.kind === 'nothingPending';
    if (!ended && outcome.kind !== 'deleted') return { kind: 'capfFailed', outcome };
    // Nothing can have been recorded of a phone that has nothing: its file would send it to CAPF for ever.
    if (isKeySync && this.#ownHash === undefined) return { kind: 'withoutCertificate' };
    if (isKeySync) {
      this.#note({ step: 'restart', why: 'keyRecorded' });
      return 'restart';
    }
    // Success without an update ends the attempt; the phone goes on with what it has, as if nothing had been queued.
    const { authString } = this.#options;
    const facts = { ownHash: this.#ownHash, authString, storedMode: undefined, overHttps: file.overHttps };
    return await this.#follow(decide({ ...file.configuration, capfAuthMode: 0 }, facts), file);
  }

  /** Of the LSC, else of the MIC (phone-behaviour.md, "The local hash"). */
  get #ownHash(): string | undefined {
    const held = this.identity.lsc ?? this.identity.mic;
    return held && certificateMd5(held.certificate);
  }
}

interface ReadConfiguration {
  readonly configuration: PhoneConfiguration;
  readonly content: Uint8Array;
  readonly overHttps: boolean;
}
