import assert from 'node:assert/strict';
import { createHash, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  AuthorityError,
  type CertificateAuthority,
  type IssueOutcome,
  type PreparedCertificate,
} from '@opencapf/authority';
import {
  generateKeyPair,
  type KeyPair,
  type KeyType,
  keyTypeName,
  readCertificate,
  verifySignedBy,
} from '@opencapf/pki';
import { type Flaw, flaws } from './fake-ca.js';

/** What the authority behind a harness does with all that it is asked from now on. */
export type Behaviour =
  | 'issue'
  | 'deny'
  /** Says that it has to decide first; what it decides is said when it is asked again. */
  | 'pendThenIssue'
  | 'pendThenDeny'
  /** Issues, after longer than a phone would wait and less than the client's timeout. */
  | 'slow'
  /** Nothing listens where it is. */
  | 'unreachable'
  /** Issues, and the connection ends instead of an answer. */
  | 'loseAnswer'
  /** Issues, and something about the certificate is wrong. */
  | Flaw;

/** One authority with what stands behind it, for one test. */
export interface AuthorityHarness extends AsyncDisposable {
  /** Opens it as a node of the service does; each call another one. The suite closes it. */
  open(): Promise<CertificateAuthority>;
  /** DER of the certificate that LSCs must be signed by. */
  readonly issuerCertificate: Uint8Array;
  /** Resolves when it is so. */
  behave(behaviour: Behaviour): Promise<void>;
  /**
   * The keys that were certified behind the interface, SHA-256 over each SubjectPublicKeyInfo as lower-case hex, one entry
   * for each time; undefined where nobody counts them.
   */
  certified(): Promise<readonly string[] | undefined>;
  /**
   * Has a pending request decided and gets what came of it, where that is not to poll the authority. By default it is polled,
   * by another opening, until it says something else than pending.
   */
  conclude?(prepared: PreparedCertificate, pending: Pending): Promise<IssueOutcome>;
}

type Pending = IssueOutcome & { readonly state: 'pending' };

/** What an authority cannot do or cannot be made to do, each with the reason, which the report of the tests shows. */
export type Absences = Partial<Record<Behaviour | 'rsaKeys' | 'ecKeys' | 'rsa1024' | 'ecP384', string>>;

const deviceName = 'SEP001122334455';

const flawCodes = {
  otherKey: 'issued-certificate-missing',
  otherName: 'issued-certificate-name',
  noDigitalSignature: 'issued-certificate-usage',
  noKeyEncipherment: 'issued-certificate-usage',
  untrustedIssuer: 'issued-certificate-untrusted',
  expired: 'issued-certificate-expired',
} as const satisfies Record<Flaw, string>;

const phoneKeys = new Map<string, ReturnType<typeof generateKeyPair>>();

/** A phone's key, made once in this process: RSA keys take long to make, and each test has an authority that met none of them. */
async function phoneKey(type: KeyType, which: 'first' | 'renewed' = 'first'): ReturnType<typeof generateKeyPair> {
  const name = `${keyTypeName(type)} ${which}`;
  const key = phoneKeys.get(name) ?? generateKeyPair(type);
  phoneKeys.set(name, key);
  return await key;
}

/** Makes a harness for one test. */
export type OpenHarness = () => Promise<AuthorityHarness>;

/** The tests that every kind of authority passes; those of what is absent are left out. */
export function authorityConformance(name: string, open: OpenHarness, absent: Absences = {}): void {
  const keyTypes: readonly (readonly [KeyType, string | undefined])[] = [
    [{ kind: 'rsa', size: 2048 }, absent.rsaKeys],
    [{ kind: 'rsa', size: 1024 }, absent.rsaKeys ?? absent.rsa1024],
    [{ kind: 'ec', size: 256 }, absent.ecKeys],
    [{ kind: 'ec', size: 384 }, absent.ecKeys ?? absent.ecP384],
  ];
  const usual: KeyType = absent.ecKeys === undefined ? { kind: 'ec', size: 256 } : { kind: 'rsa', size: 2048 };
  const itCan = (behaviour: Behaviour, what: string, test: () => Promise<void>): void => {
    if (absent[behaviour] === undefined) it(what, test);
  };

  describe(`an authority: ${name}`, () => {
    for (const [keyType, reason] of keyTypes) {
      if (reason !== undefined) continue;
      it(`certifies ${keyTypeName(keyType)} keys`, async () => {
        await using harness = await open();
        await using bench = await Bench.open(harness);
        await bench.obtain(await phoneKey(keyType), keyType);
      });
    }

    it('certifies a new key for a phone that has a certificate', async () => {
      await using harness = await open();
      await using bench = await Bench.open(harness);
      const first = await bench.obtain(await phoneKey(usual), usual);
      const second = await bench.obtain(await phoneKey(usual, 'renewed'), usual);
      assert.notDeepEqual(first.serial, second.serial);
    });

    it('describes itself', async (t) => {
      for (const [what, reason] of Object.entries(absent)) t.diagnostic(`no test of ${what}: ${reason}`);
      await using harness = await open();
      await using bench = await Bench.open(harness);
      const { issuerSha256 } = bench.authority.describe();
      assert.equal(issuerSha256, createHash('sha256').update(harness.issuerCertificate).digest('hex'));
    });

    it('refuses a key of another kind than the phone was told to make, before anybody is asked', async () => {
      await using harness = await open();
      await using bench = await Bench.open(harness);
      const { spki } = await phoneKey({ kind: 'ec', size: 256 });
      const expectedKey: KeyType = { kind: 'rsa', size: 2048 };
      await assert.rejects(bench.authority.prepare({ deviceName, spki, expectedKey, now: new Date() }), {
        name: 'PkiError',
        code: 'public-key-kind-unexpected',
      });
      assert.deepEqual((await harness.certified()) ?? [], []);
    });

    it('takes up a committed request on another node', async () => {
      await using harness = await open();
      await using first = await Bench.open(harness);
      const prepared = await first.prepare(await phoneKey(usual), usual);
      await using second = await Bench.open(harness);
      await second.issued(prepared, await second.authority.issue(await second.resume(prepared)));
    });

    itCan('deny', 'says why it will not', async () => {
      await using harness = await open();
      await harness.behave('deny');
      await using bench = await Bench.open(harness);
      const prepared = await bench.prepare(await phoneKey(usual), usual);
      assertDenied(await bench.settle(prepared, await bench.authority.issue(prepared)));
      assert.deepEqual((await harness.certified()) ?? [], []);
    });

    itCan('pendThenIssue', 'issues what was pending, to another node too', async () => {
      await using harness = await open();
      await harness.behave('pendThenIssue');
      await using bench = await Bench.open(harness);
      const prepared = await bench.prepare(await phoneKey(usual), usual);
      const outcome = await bench.authority.issue(prepared);
      assertPending(outcome);
      await bench.issued(prepared, await bench.settle(prepared, outcome));
    });

    itCan('pendThenDeny', 'says when it will not after all', async () => {
      await using harness = await open();
      await harness.behave('pendThenDeny');
      await using bench = await Bench.open(harness);
      const prepared = await bench.prepare(await phoneKey(usual), usual);
      const outcome = await bench.authority.issue(prepared);
      assertPending(outcome);
      assertDenied(await bench.settle(prepared, outcome));
      assert.deepEqual((await harness.certified()) ?? [], []);
    });

    itCan('slow', 'is waited for while it is slow, and a call that is called off may have been taken', async () => {
      await using harness = await open();
      await harness.behave('slow');
      await using bench = await Bench.open(harness);
      const waiting = await bench.prepare(await phoneKey(usual), usual);
      const calledOff = await bench.prepare(await phoneKey(usual, 'renewed'), usual);
      const stop = new AbortController();
      const lost = assert.rejects(bench.authority.issue(calledOff, stop.signal), (fault) => {
        assert.ok(fault instanceof AuthorityError, String(fault));
        assert.equal(fault.code, 'authority-closed');
        return true;
      });
      const outcome = bench.authority.issue(waiting);
      stop.abort();
      await lost;
      await bench.issued(waiting, await bench.settle(waiting, await outcome));
    });

    itCan('unreachable', 'has the same request sent again when it was away', async () => {
      await using harness = await open();
      await harness.behave('unreachable');
      await using bench = await Bench.open(harness);
      const prepared = await bench.prepare(await phoneKey(usual), usual);
      await assert.rejects(bench.authority.issue(prepared), (fault) => {
        assert.ok(fault instanceof AuthorityError, String(fault));
        assert.deepEqual([fault.code, fault.consequence], ['authority-unreachable', 'retry']);
        return true;
      });
      await harness.behave('issue');
      const resumed = await bench.resume(prepared);
      await bench.issued(prepared, await bench.settle(resumed, await bench.authority.issue(resumed)));
    });

    itCan('loseAnswer', 'never certifies a key twice, also when its answer is lost', async () => {
      await using harness = await open();
      await harness.behave('loseAnswer');
      await using bench = await Bench.open(harness);
      const prepared = await bench.prepare(await phoneKey(usual), usual);
      await assert.rejects(bench.authority.issue(prepared), (fault) => {
        assert.ok(fault instanceof AuthorityError, String(fault));
        assert.equal(fault.consequence, 'reconcile', fault.code);
        return true;
      });
      await harness.behave('issue');
      await using other = await Bench.open(harness);
      const resumed = await other.resume(prepared);
      const found = await other.authority.reconcile?.(resumed);
      if (found !== undefined && found.state !== 'unknown') {
        await other.issued(prepared, await other.settle(resumed, found));
      }
      const certified = await harness.certified();
      if (certified !== undefined) assert.deepEqual(certified, [keyHash(prepared)]);
    });

    for (const flaw of flaws) {
      itCan(flaw, `passes no certificate on with this flaw: ${flaw}`, async () => {
        await using harness = await open();
        await harness.behave(flaw);
        await using bench = await Bench.open(harness);
        const keyType: KeyType = flaw === 'noKeyEncipherment' ? { kind: 'rsa', size: 2048 } : usual;
        const prepared = await bench.prepare(await phoneKey(keyType), keyType);
        const settled = async () => await bench.settle(prepared, await bench.authority.issue(prepared));
        await assert.rejects(settled(), (fault) => {
          assert.ok(fault instanceof AuthorityError, String(fault));
          assert.deepEqual([fault.code, fault.consequence], [flawCodes[flaw], 'fail']);
          return true;
        });
      });
    }
  });
}

type Issued = IssueOutcome & { readonly state: 'issued' };

/** An opened authority with what the tests do with it time and again. */
class Bench implements AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly #harness: AuthorityHarness;

  private constructor(harness: AuthorityHarness, authority: CertificateAuthority) {
    this.#harness = harness;
    this.authority = authority;
  }

  static async open(harness: AuthorityHarness): Promise<Bench> {
    return new Bench(harness, await harness.open());
  }

  async prepare({ spki, privateKey }: KeyPair, expectedKey: KeyType): Promise<PreparedCertificate> {
    return await this.authority.prepare({
      deviceName,
      spki,
      expectedKey,
      now: new Date(),
      proveKey: async (info) => sign('sha256', info, privateKey),
    });
  }

  async resume({ spki, intent }: PreparedCertificate): Promise<PreparedCertificate> {
    return await this.authority.resume({ deviceName, spki, intent, now: new Date() });
  }

  async obtain(key: KeyPair, expectedKey: KeyType): Promise<Issued> {
    const prepared = await this.prepare(key, expectedKey);
    return await this.issued(prepared, await this.settle(prepared, await this.authority.issue(prepared)));
  }

  /** Waits for the end of what is pending, as another node would. */
  async settle(prepared: PreparedCertificate, outcome: IssueOutcome): Promise<IssueOutcome> {
    if (outcome.state !== 'pending') return outcome;
    if (this.#harness.conclude !== undefined) return await this.#harness.conclude(prepared, outcome);
    await using other = await Bench.open(this.#harness);
    let now: IssueOutcome = outcome;
    for (let polls = 0; now.state === 'pending'; polls += 1) {
      assert.ok(polls < 50, 'it was polled 50 times and is pending still');
      assert.ok(other.authority.poll !== undefined, 'it says pending and cannot be polled');
      const said = await other.authority.poll(await other.resume(prepared), now.pollReference);
      assert.ok(said.state !== 'unknown', JSON.stringify(said));
      now = said;
    }
    return now;
  }

  /** Requires a certificate that is the right one, by other code than the authority's. */
  async issued(prepared: PreparedCertificate, outcome: IssueOutcome): Promise<Issued> {
    assert.equal(outcome.state, 'issued', JSON.stringify(outcome));
    const issued = outcome as Issued;
    const certificate = readCertificate(issued.certificate);
    assert.deepEqual(Buffer.from(certificate.spki), Buffer.from(prepared.spki));
    assert.equal(certificate.commonName, deviceName);
    assert.ok(verifySignedBy(certificate, readCertificate(this.#harness.issuerCertificate)));
    assert.deepEqual(Buffer.from(issued.serial).toString('hex'), certificate.serial);
    assert.deepEqual([issued.notBefore, issued.notAfter], [certificate.notBefore, certificate.notAfter]);
    const certified = await this.#harness.certified();
    if (certified !== undefined) {
      assert.equal(certified.filter((key) => key === keyHash(prepared)).length, 1, 'it is certified once');
    }
    return issued;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.authority.close?.();
  }
}

function keyHash({ spki }: PreparedCertificate): string {
  return createHash('sha256').update(spki).digest('hex');
}

function assertPending(outcome: IssueOutcome): asserts outcome is Pending {
  assert.equal(outcome.state, 'pending', JSON.stringify(outcome));
  const { pollReference, retryAfter } = outcome as Pending;
  assert.match(pollReference, /^[\x20-\x7e]*$/);
  assert.ok(retryAfter >= 0 && Number.isFinite(retryAfter), `${retryAfter}`);
}

function assertDenied(outcome: IssueOutcome): void {
  assert.equal(outcome.state, 'denied', JSON.stringify(outcome));
  const { reason } = outcome as IssueOutcome & { readonly state: 'denied' };
  assert.match(reason, /^[^\p{Cc}]{1,500}$/u);
}
