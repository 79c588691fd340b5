import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  createPhoneTls,
  type EnrollHooks,
  type Enrollment,
  enroll,
  type PhoneIdentity,
  readCapfTrust,
} from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { type AuditFault, AuditSigner, putDevice, queueOperation, SecretKey, verifyAudit } from '@opencapf/store';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { type ListeningAt, ServiceProcess, temporaryDirectory } from './service-process.js';

const author = { name: 'test' };
const host = '127.0.0.1';

/** Makes a new key, quickly. */
export const makeKey: EnrollHooks['makeKey'] = async () => await generateKeyPair({ kind: 'rsa', size: 1024 });

/** A service on a database of the test's own, in which the test may write and look. */
export class Enrolments implements AsyncDisposable {
  readonly #key = randomBytes(32).toString('base64');
  readonly #directory = temporaryDirectory();
  #service: ServiceProcess | undefined;
  at: ListeningAt = { capfPort: 0, admin: '', ca: '', filesPort: 0, httpsPort: 0, tftpPort: 0 };

  private constructor(
    readonly test: TestDatabase,
    readonly settings: Readonly<Record<string, string>>,
    readonly openFiles: number | undefined,
  ) {}

  /** @param openFiles - how many descriptors the service may have */
  static async start(settings: Readonly<Record<string, string>> = {}, openFiles?: number): Promise<Enrolments> {
    return await Enrolments.startOn(await testDatabase(), settings, openFiles);
  }

  /** On a database that is there; it goes with the service. */
  static async startOn(
    test: TestDatabase,
    settings: Readonly<Record<string, string>> = {},
    openFiles?: number,
  ): Promise<Enrolments> {
    const made = new Enrolments(test, settings, openFiles);
    try {
      await made.startService();
    } catch (fault) {
      await made[Symbol.asyncDispose]();
      throw fault;
    }
    return made;
  }

  get service(): ServiceProcess {
    return this.#service ?? assert.fail('no service');
  }

  /** With which a test may seal what it writes. */
  get secretKey(): SecretKey {
    return SecretKey.parse(this.#key);
  }

  /** What every node on the database is given. */
  get nodeSettings(): Readonly<Record<string, string>> {
    return { DATABASE_URL: this.test.url, OPENCAPF_SECRET_KEY: this.#key, ...this.settings };
  }

  /** A place for the data of a node. */
  dataDir(node = 'data'): string {
    return join(this.#directory.path, node);
  }

  async startService(): Promise<void> {
    this.#service = new ServiceProcess({
      dataDir: this.dataDir(),
      ...(this.openFiles === undefined ? {} : { openFiles: this.openFiles }),
      settings: this.nodeSettings,
    });
    this.at = await this.#service.ready();
  }

  async queueInstall(
    name: string,
    string?: string,
    allowedNetworks?: readonly string[],
    keyOrder: 'rsaOnly' | 'ecOnly' = 'rsaOnly',
  ): Promise<void> {
    await putDevice(this.test.database, name, 'phone', {}, author);
    const queued = await queueOperation(
      this.test.database,
      this.secretKey,
      name,
      () => ({
        kind: 'install',
        authenticationMode: string === undefined ? 'nullString' : 'authenticationString',
        authenticationString: string,
        keyOrder,
        rsaKeySize: 1024,
        ecKeySize: 256,
        completesBy: new Date(Date.now() + 3_600_000),
        allowedNetworks,
        replace: false,
      }),
      author,
    );
    assert.equal(queued.outcome, 'queued');
  }

  /** @param port - of another node than the first, or of what stands before the nodes */
  async enroll(
    name: string,
    hooks: EnrollHooks = { makeKey },
    authString?: string,
    port = this.at.capfPort,
    identity: PhoneIdentity = {},
  ): Promise<Enrollment> {
    const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(this.at.ca)) });
    return await enroll({ host, port, name, authString, identity, tls, timeoutMs: 8_000 }, hooks);
  }

  async rows<Row extends object>(statement: string): Promise<readonly Row[]> {
    return (await this.test.database.prepared<Row>('', statement, [])).rows;
  }

  /** What is wrong with the audit, as `opencapf audit verify` finds it. */
  async auditFaults(): Promise<readonly AuditFault[]> {
    const signer = new AuditSigner(this.secretKey);
    return (await verifyAudit(this.test.database, signer, this.dataDir())).faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    await this.test[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}
