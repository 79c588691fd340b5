import 'reflect-metadata';
import { createHash, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { RequestFacts } from './fake-ca-request.js';

/** What a fake authority can get wrong about a certificate. */
export const flaws = [
  'otherKey',
  'otherName',
  'noDigitalSignature',
  'noKeyEncipherment',
  'untrustedIssuer',
  'expired',
] as const;
export type Flaw = (typeof flaws)[number];

/** A certificate that was given out, by the key that it is for. */
export interface Certified {
  /** SHA-256 over the SubjectPublicKeyInfo, lower-case hex. */
  readonly key: string;
  readonly name: string;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** A certificate of a TLS server or client, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface FakeCaSettings {
  readonly name?: string;
  readonly key?: 'rsa' | 'ec';
  /** Who stands above it; nobody: it is a root. */
  readonly parent?: FakeCa;
  /** Lets the CA's own certificate be that of a TLS server on 127.0.0.1, too. */
  readonly servesTls?: boolean;
  readonly now?: () => Date;
}

const algorithms = {
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

const day = 86_400_000;

/**
 * A certificate authority for tests, with a log of what it certified. Made with @peculiar/x509 and WebCrypto alone: it shares
 * no code with what it is to test.
 */
export class FakeCa {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  readonly #certified: Certified[] = [];
  /** DER of those above it, the next one first. */
  readonly chain: readonly Uint8Array[];
  readonly #settings: Required<Omit<FakeCaSettings, 'parent'>>;

  private constructor(
    settings: Required<Omit<FakeCaSettings, 'parent'>>,
    keys: webcrypto.CryptoKeyPair,
    certificate: x509.X509Certificate,
    chain: readonly Uint8Array[],
  ) {
    this.#settings = settings;
    this.#keys = keys;
    this.#certificate = certificate;
    this.chain = chain;
  }

  static async create({
    name = 'Fake CA',
    key = 'ec',
    parent,
    servesTls = false,
    now = () => new Date(),
  }: FakeCaSettings = {}): Promise<FakeCa> {
    const keys = await generateKeys(key);
    const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
    const subject = `CN=${name}, O=Test`;
    const signer = parent === undefined ? { keys, key } : { keys: parent.#keys, key: parent.#settings.key };
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: parent === undefined ? subject : parent.#certificate.subject,
      notBefore: new Date(now().getTime() - day),
      notAfter: new Date(now().getTime() + 3650 * day),
      publicKey: keys.publicKey,
      signingKey: signer.keys.privateKey,
      signingAlgorithm: algorithms[signer.key],
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(servesTls ? usage | x509.KeyUsageFlags.digitalSignature : usage, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...(servesTls ? [loopback] : []),
      ],
    });
    const chain = parent === undefined ? [] : [parent.certificate, ...parent.chain];
    return new FakeCa({ name, key, servesTls, now }, keys, certificate, chain);
  }

  /** DER. */
  get certificate(): Uint8Array {
    return new Uint8Array(this.#certificate.rawData);
  }

  get pem(): string {
    return `${this.#certificate.toString('pem')}\n`;
  }

  /** In the order in which they were given out. */
  get certified(): readonly Certified[] {
    return this.#certified;
  }

  /** The keys that were certified more than once, and for how many names: there must be none. */
  certifiedTwice(): readonly string[] {
    const seen = new Set<string>();
    return this.#certified
      .filter(({ key }) => seen.size === seen.add(key).size)
      .map(({ key, name }) => `${name} ${key}`);
  }

  /** Certifies a key, as asked or with a flaw. DER. */
  async certify({ name, spki }: Pick<RequestFacts, 'name' | 'spki'>, flaw?: Flaw): Promise<Uint8Array> {
    const now = this.#settings.now().getTime();
    const rsa = new x509.PublicKey(spki).algorithm.name.startsWith('RSA');
    const { digitalSignature, keyEncipherment, keyAgreement } = x509.KeyUsageFlags;
    const usage =
      (flaw === 'noDigitalSignature' ? 0 : digitalSignature) |
      (rsa && flaw !== 'noKeyEncipherment' ? keyEncipherment : 0) |
      (rsa ? 0 : keyAgreement);
    const signer = flaw === 'untrustedIssuer' ? await generateKeys(this.#settings.key) : this.#keys;
    const other = flaw === 'otherKey' ? (await generateKeys(rsa ? 'rsa' : 'ec')).publicKey : undefined;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${flaw === 'otherName' ? 'SEPFFFFFFFFFFFF' : name}`,
      issuer: this.#certificate.subject,
      notBefore: new Date(now - (flaw === 'expired' ? 2 * day : 300_000)),
      notAfter: new Date(now + (flaw === 'expired' ? -day : 365 * day)),
      publicKey: other ?? new x509.PublicKey(spki),
      signingKey: signer.privateKey,
      signingAlgorithm: algorithms[this.#settings.key],
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.KeyUsagesExtension(usage, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ],
    });
    const der = new Uint8Array(certificate.rawData);
    this.#certified.push({ key: createHash('sha256').update(spki).digest('hex'), name, certificate: der });
    return der;
  }

  /** A certificate for a TLS server on 127.0.0.1, or for a TLS client. */
  async tlsIdentity(
    use: 'server' | 'client',
    name = use === 'server' ? 'ca.example.com' : 'OpenCAPF',
  ): Promise<TlsIdentity> {
    const keys = await generateKeys('ec');
    const now = this.#settings.now().getTime();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      notBefore: new Date(now - day),
      notAfter: new Date(now + 30 * day),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithms[this.#settings.key],
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ]),
        ...(use === 'server' ? [loopback] : []),
      ],
    });
    return { cert: `${certificate.toString('pem')}\n`, key: await pemKey(keys.privateKey) };
  }

  /** The CA's own certificate and key; a TLS server's with `servesTls`. */
  async ownIdentity(): Promise<TlsIdentity> {
    return { cert: this.pem, key: await pemKey(this.#keys.privateKey) };
  }
}

const loopback = new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]);

function serial(): string {
  return `41${randomBytes(15).toString('hex')}`;
}

async function generateKeys(kind: 'rsa' | 'ec'): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithms[kind], true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
