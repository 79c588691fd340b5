import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const places = ['/usr/lib/softhsm', '/usr/lib/x86_64-linux-gnu/softhsm', '/usr/lib/aarch64-linux-gnu/softhsm'];

/** Path of Debian's PKCS#11 module, by package `softhsm2`; undefined where it is missing. */
export const softTokenModule = places.map((place) => join(place, 'libsofthsm2.so')).find(existsSync);

/** As false as a test's `skip` wants it when softhsm2 and pkcs11js are there, or must be; else the reason. */
export const softTokenAbsent = reasonToSkip();

const label = 'opencapf';
const pin = '271828';

type Handle = Buffer;

/** What the tests do in the token themselves, under the names of PKCS#11. */
interface TestCryptoki {
  load(path: string): void;
  C_Initialize(options: { readonly flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_CloseAllSessions(slot: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_GenerateKeyPair(
    session: Handle,
    mechanism: { readonly mechanism: number; readonly parameter: Buffer | null },
    publicKey: readonly object[],
    privateKey: readonly object[],
  ): unknown;
}

/** A token of softhsm2 in a directory of its own. One in a process: the module reads its settings once. */
export class SoftToken implements AsyncDisposable {
  readonly module: string;
  readonly label = label;
  readonly pin = pin;
  readonly #directory: string;
  readonly #cryptoki: TestCryptoki;

  private constructor(module: string, directory: string, cryptoki: TestCryptoki) {
    this.module = module;
    this.#directory = directory;
    this.#cryptoki = cryptoki;
  }

  static async create(): Promise<SoftToken> {
    if (softTokenModule === undefined) throw new Error('softhsm2 is not installed: run .ci/softhsm');
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-token-'));
    const settings = join(directory, 'softhsm2.conf');
    await mkdir(join(directory, 'tokens'));
    await writeFile(settings, `directories.tokendir = ${join(directory, 'tokens')}\nlog.level = ERROR\n`);
    process.env['SOFTHSM2_CONF'] = settings;
    const pins = ['--so-pin', pin, '--pin', pin];
    await promisify(execFile)('softhsm2-util', ['--init-token', '--free', '--label', label, ...pins]);
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { readonly PKCS11: new () => TestCryptoki };
    const cryptoki = new PKCS11();
    cryptoki.load(softTokenModule);
    cryptoki.C_Initialize({ flags: 2 });
    return new SoftToken(softTokenModule, directory, cryptoki);
  }

  /** Makes a key pair in the token, whose private key cannot leave it. */
  makeKey(kind: 'rsa' | 'ec', keyLabel: string): void {
    const session = this.#cryptoki.C_OpenSession(this.#slot(), serialSession | readWrite);
    try {
      this.#cryptoki.C_Login(session, 1, pin);
    } catch (fault) {
      if (!String(fault).includes('CKR_USER_ALREADY_LOGGED_IN')) throw fault;
    }
    const named = [
      { type: attribute.token, value: true },
      { type: attribute.label, value: keyLabel },
      { type: attribute.id, value: Buffer.from(keyLabel) },
    ];
    const privateKey = [
      ...named,
      { type: attribute.private, value: true },
      { type: attribute.sensitive, value: true },
      { type: attribute.extractable, value: false },
      { type: attribute.sign, value: true },
    ];
    const wanted =
      kind === 'rsa'
        ? [
            { type: attribute.modulusBits, value: 2048 },
            { type: attribute.publicExponent, value: Buffer.from([1, 0, 1]) },
          ]
        : [{ type: attribute.ecParams, value: Buffer.from('06082a8648ce3d030107', 'hex') }];
    const publicKey = [...named, { type: attribute.verify, value: true }, ...wanted];
    const mechanism = { mechanism: kind === 'rsa' ? 0 : 0x1040, parameter: null };
    this.#cryptoki.C_GenerateKeyPair(session, mechanism, publicKey, privateKey);
    this.#cryptoki.C_CloseSession(session);
  }

  /** What a token that was pulled out and put back does to every session with it. */
  loseSessions(): void {
    this.#cryptoki.C_CloseAllSessions(this.#slot());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #slot(): Handle {
    const slot = this.#cryptoki
      .C_GetSlotList(true)
      .find((each) => this.#cryptoki.C_GetTokenInfo(each).label.trimEnd() === label);
    if (slot === undefined) throw new Error('the token is not there');
    return slot;
  }
}

const serialSession = 4;
const readWrite = 2;

/** PKCS#11 2.40, `pkcs11t.h`. */
const attribute = {
  token: 0x1,
  private: 0x2,
  label: 0x3,
  id: 0x102,
  sensitive: 0x103,
  sign: 0x108,
  verify: 0x10a,
  modulusBits: 0x121,
  publicExponent: 0x122,
  extractable: 0x162,
  ecParams: 0x180,
} as const;

function reasonToSkip(): string | false {
  if (process.env['CI'] === 'true') return false;
  if (softTokenModule === undefined) return 'there is no HSM: run .ci/softhsm, which installs softhsm2';
  try {
    createRequire(import.meta.url).resolve('pkcs11js');
    return false;
  } catch {
    return 'the package pkcs11js is not installed: run .ci/softhsm';
  }
}
