import { randomBytes } from 'node:crypto';
import { type AuthorityClient, adcs, ExternalAuthority } from '@opencapf/authority';
import type { Chaos } from './chaos.js';
import type { AuthorityHarness, Behaviour } from './conformance.js';
import { FakeCa } from './fake-ca.js';
import { FakeCertsrv, type FakeCertsrvSettings } from './fake-certsrv.js';
import type { CertsrvLanguage } from './fake-certsrv-pages.js';

/** Who logs in at the fake pages. The hash is the published one of [MS-NLMP] 4.2.2.1.2 for this password. */
export const enroller = {
  username: 'enroller',
  domain: 'SITE',
  password: 'Password',
  ntHash: 'a4f49c406510bdcab6824ee7c30fd852',
} as const;

export interface AdcsSurroundings {
  readonly authentication?: 'auto' | 'ntlm' | 'negotiate' | 'basic' | undefined;
  /** What the pages offer. */
  readonly schemes?: readonly string[] | undefined;
  readonly language?: CertsrvLanguage | undefined;
  readonly chaos?: Chaos | undefined;
}

/** Fake pages over HTTPS with a CA behind them, and the client that is tested against them. */
export class AdcsHarness implements AuthorityHarness {
  readonly ca: FakeCa;
  readonly #settings: FakeCertsrvSettings;
  readonly #surroundings: AdcsSurroundings;
  #pages: FakeCertsrv | undefined;
  readonly #port: number;

  private constructor(settings: FakeCertsrvSettings, surroundings: AdcsSurroundings, pages: FakeCertsrv) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#pages = pages;
    this.#port = pages.port;
    this.ca = settings.ca;
  }

  static async start(surroundings: AdcsSurroundings = {}): Promise<AdcsHarness> {
    const ca = await FakeCa.create();
    const tls = await ca.tlsIdentity('server');
    const { schemes = ['Negotiate', 'NTLM'], language, chaos } = surroundings;
    const settings = {
      ca,
      tls,
      boundTo: derOf(tls.cert),
      login: { schemes, user: enroller, password: enroller.password },
      language,
      chaos,
    };
    return new AdcsHarness(settings, surroundings, await FakeCertsrv.start(settings));
  }

  get pages(): FakeCertsrv {
    if (this.#pages === undefined) throw new Error('Nothing listens.');
    return this.#pages;
  }

  get issuerCertificate(): Uint8Array {
    return this.ca.certificate;
  }

  async open(): Promise<ExternalAuthority> {
    return new ExternalAuthority(this.client(), {
      kind: 'adcs',
      issuerCertificate: this.issuerCertificate,
      proofOfPossession: 'phone',
    });
  }

  /** The client as the settings of an authority open it. */
  client(settings: Readonly<Record<string, unknown>> = {}, password: string = enroller.password): AuthorityClient {
    const configuration = adcs.configuration.parse({
      url: `https://127.0.0.1:${this.#port}`,
      template: 'Phones',
      username: enroller.username,
      domain: enroller.domain,
      authentication: this.#surroundings.authentication ?? 'auto',
      proofOfPossession: 'phone',
      timeoutSeconds: 20,
      ...settings,
    });
    return adcs.open(configuration, adcs.secrets.parse({ password }), {
      issuerCertificate: this.issuerCertificate,
      chain: this.ca.chain,
      now: () => new Date(),
      randomBytes,
    });
  }

  async behave(behaviour: Behaviour): Promise<void> {
    if (behaviour === 'unreachable') {
      await this.#pages?.[Symbol.asyncDispose]();
      this.#pages = undefined;
      return;
    }
    this.#pages ??= await FakeCertsrv.start(this.#settings, this.#port);
    this.#pages.behaviour = behaviour;
  }

  async certified(): Promise<readonly string[]> {
    return this.ca.certified.map(({ key }) => key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pages?.[Symbol.asyncDispose]();
  }
}

export function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
