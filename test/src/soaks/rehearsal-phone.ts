import { X509Certificate } from 'node:crypto';
import { type Enrollment, enroll, type PhoneIdentity, type PhoneTls } from '@opencapf/phone';
import { generateKeyPair, type KeyPair } from '@opencapf/pki';

/** How a phone goes about its renewals. */
export interface RehearsalPhoneOptions {
  readonly name: string;
  /** By its LSC, or by nothing at all. */
  readonly proof: 'lsc' | 'none';
  /** It makes the same key again when its session was lost, or another each time. */
  readonly keepsKey: boolean;
}

/** A phone that remembers every LSC that it ever stored, from the moment before it says so. */
export class RehearsalPhone {
  readonly #held: X509Certificate[] = [];
  #identity: PhoneIdentity = {};
  #kept: KeyPair | undefined;

  constructor(readonly options: RehearsalPhoneOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** What it would show to call control now. */
  get lsc(): X509Certificate | undefined {
    return this.#held.at(-1);
  }

  /** SHA-256 of each LSC that it ever stored, lower-case hex, the newest last. */
  get held(): readonly string[] {
    return this.#held.map(sha256Of);
  }

  /** From the next visit on it makes another key. */
  forgetKey(): void {
    this.#kept = undefined;
  }

  async visit(port: number, tls: PhoneTls): Promise<Enrollment> {
    const { name, proof, keepsKey } = this.options;
    const made = await enroll(
      {
        host: '127.0.0.1',
        port,
        name,
        tls,
        identity: this.#identity,
        proof: proof === 'lsc' ? { by: ['lsc'] } : undefined,
        timeoutMs: 8_000,
        keep: async (identity) => this.#keep(identity),
      },
      {
        makeKey: async () => {
          const key = this.#kept ?? (await generateKeyPair({ kind: 'ec', size: 256 }));
          this.#kept = keepsKey ? key : undefined;
          return key;
        },
      },
    );
    this.#identity = made.identity;
    return made;
  }

  #keep(identity: PhoneIdentity): void {
    this.#identity = identity;
    if (identity.lsc !== undefined) this.#held.push(new X509Certificate(identity.lsc.certificate));
  }
}

/** SHA-256 of a certificate, lower-case hex. */
export function sha256Of({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}
