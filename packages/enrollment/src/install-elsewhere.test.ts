import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthorityError } from '@opencapf/authority';
import { sha256Hex } from '@opencapf/pki';
import { createMessage, ProtocolError, signCertificateResponse, storeCertificateResponse } from '@opencapf/protocol';
import { cancelOperation } from '@opencapf/store';
import { addFakeAuthority, type FakeAuthority, type FakeTerms, issueBy, lookNow } from './testing/fake-authority.js';
import { makeRig, phoneKey, type Rig } from './testing/rig.js';
import { ordinaryPhone, type Script } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

interface Site extends AsyncDisposable {
  readonly rig: Rig;
  readonly ca: FakeAuthority;
  readonly operation: number;
}

async function site(terms: FakeTerms = {}): Promise<Site> {
  const rig = await makeRig();
  const ca = await addFakeAuthority(rig, terms);
  const device = await rig.addDevice(name);
  await issueBy(rig, device, ca);
  const operation = await rig.queue(device);
  return { rig, ca, operation, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

/** One session; what it has set about is over then, also where it did not wait for it. */
async function visit(at: Site, but: Script = {}) {
  const visited = await visitOnly(at, but);
  await at.rig.services.requests.quiet();
  return visited;
}

async function visitOnly({ rig }: Site, but: Script = {}) {
  const publicKey = await phoneKey();
  const phone = await rig.serve(ordinaryPhone({ name, publicKey, but }));
  return { phone, commands: phone.commands.slice(1), ended: phone.ended, key: sha256Hex(publicKey) };
}

async function requests({ rig }: Site) {
  return await rig.rows<{ state: string; reason_code: string | null }>(
    'select state, reason_code from opencapf_private.authority_request order by certificate_id',
  );
}

const made = ['KeyGenerateRequest', 'StoreCertificateRequest'];
const unreachable = new AuthorityError('authority-unreachable');

describe('an install by an authority elsewhere', () => {
  it('gives the phone its certificate in one session when the authority answers at once', async () => {
    await using at = await site();
    const { commands, ended } = await visit(at);
    assert.deepEqual(commands, made);
    assert.equal(ended, 1);
    assert.equal((await at.rig.operation(at.operation)).state, 'successful');
    assert.deepEqual(await requests(at), [{ state: 'issued', reason_code: null }]);
    assert.equal(at.ca.asked.length, 1);
  });

  it('hangs up while the authority decides, and gives the phone its certificate later without a new key', async () => {
    await using at = await site({ patienceMs: 50 });
    at.ca.answers.submit = () => ({ state: 'pending', pollReference: '17', retryAfter: 1_000 });
    const first = await visit(at);
    assert.deepEqual([first.commands, first.ended], [['KeyGenerateRequest'], 'hung up']);
    const waiting = await at.rig.operation(at.operation);
    assert.deepEqual([waiting.state, waiting.reason_code], ['waitingForAuthority', 'authority-pending']);
    assert.equal((await at.rig.lastSession()).outcome, 'waiting-for-authority');

    await lookNow(at.rig);
    const ready = await at.rig.operation(at.operation);
    assert.deepEqual([ready.state, ready.reason_code], ['pending', 'certificate-ready']);
    assert.equal((await at.rig.shown(name))?.reset_required, true);

    const second = await visit(at);
    assert.deepEqual([second.commands, second.ended], [['StoreCertificateRequest'], 1]);
    assert.equal((await at.rig.operation(at.operation)).state, 'successful');
    assert.deepEqual(at.ca.asked, [first.key]);
  });

  it('asks for no second key while the first request is open', async () => {
    await using at = await site({ patienceMs: 50 });
    const pending = { state: 'pending', pollReference: '17', retryAfter: 1_000 } as const;
    at.ca.answers.submit = () => pending;
    await visit(at);
    const second = await visit(at);
    assert.deepEqual([second.commands, second.ended], [[], 'hung up']);
    assert.equal((await at.rig.operation(at.operation)).state, 'waitingForAuthority');
    assert.equal(at.ca.asked.length, 1);
  });

  it('fails with the words of the authority when it denies later', async () => {
    await using at = await site({ patienceMs: 50 });
    at.ca.answers.submit = () => ({ state: 'pending', pollReference: '17', retryAfter: 1_000 });
    at.ca.answers.poll = () => ({ state: 'denied', reason: 'not in the directory' });
    await visit(at);
    await lookNow(at.rig);
    const { state, reason_code: code, reason } = await at.rig.operation(at.operation);
    assert.deepEqual([state, code], ['failed', 'authority-denied']);
    assert.match(reason ?? '', /not in the directory/);
  });

  it('fails in the session when the authority denies at once, or issues what is no use', async () => {
    await using at = await site();
    at.ca.answers.submit = () => ({ state: 'denied', reason: 'no' });
    assert.equal((await visit(at)).ended, 7);
    assert.equal((await at.rig.operation(at.operation)).reason_code, 'authority-denied');

    await using other = await site();
    const stranger = await other.ca.certificateFor(name, await phoneKey());
    other.ca.answers.submit = () => ({ state: 'issued', certificates: [stranger] });
    const { commands } = await visit(other);
    assert.deepEqual(commands, ['KeyGenerateRequest'], 'no byte of it goes to the phone');
    assert.equal((await other.rig.operation(other.operation)).reason_code, 'issued-certificate-missing');
  });

  it('sends the same request again when the authority was away, and says why the operation waits', async () => {
    await using at = await site({ patienceMs: 50 });
    at.ca.answers.submit = () => unreachable;
    const first = await visit(at);
    assert.equal((await at.rig.operation(at.operation)).reason_code, 'authority-unreachable');
    at.ca.answers.submit = () => 'issue';
    await lookNow(at.rig);
    assert.deepEqual((await visit(at)).commands, ['StoreCertificateRequest']);
    assert.deepEqual(at.ca.asked, [first.key, first.key], 'the first was certainly not taken');
  });

  it('finds out what came of a request whose answer was lost, where the authority can be asked', async () => {
    await using at = await site({ patienceMs: 50, reconciles: true });
    at.ca.answers.submit = () => new AuthorityError('authority-answer-lost');
    const first = await visit(at);
    await lookNow(at.rig);
    assert.deepEqual((await visit(at)).commands, ['StoreCertificateRequest']);
    assert.deepEqual(at.ca.asked, [first.key], 'sent once');
  });

  it('repeats a poll, or the finding out, that was not taken or not answered, and never sends the request again', async () => {
    for (const step of ['poll', 'reconcile'] as const) {
      await using at = await site({ patienceMs: 50, reconciles: true });
      const lost = new AuthorityError('authority-answer-lost');
      at.ca.answers.submit = () =>
        step === 'poll' ? { state: 'pending', pollReference: '17', retryAfter: 1_000 } : lost;
      const faults = [unreachable, lost, unreachable];
      const steps: string[] = [];
      for (const each of ['poll', 'reconcile'] as const) {
        at.ca.answers[each] = () => {
          steps.push(each);
          return faults[steps.length - 1] ?? 'issue';
        };
      }
      const first = await visit(at);
      const state = step === 'poll' ? 'pending' : 'lost';
      for (const { code } of faults) {
        await lookNow(at.rig);
        assert.deepEqual(await requests(at), [{ state, reason_code: code }]);
      }
      await lookNow(at.rig);
      assert.deepEqual(steps, Array(faults.length + 1).fill(step));
      assert.deepEqual(at.ca.asked, [first.key], 'sent once');
      assert.deepEqual((await visit(at)).commands, ['StoreCertificateRequest']);
    }
  });

  it('gives a request up whose answer was lost for good, and asks the phone for a new key', async () => {
    await using at = await site();
    at.ca.answers.submit = () => new AuthorityError('authority-answer-lost');
    const first = await visit(at);
    assert.equal(first.ended, 'hung up');
    assert.equal((await at.rig.lastSession()).outcome, 'certificate-request-lost');
    assert.deepEqual(await requests(at), [{ state: 'abandoned', reason_code: 'certificate-request-lost' }]);
    at.ca.answers.submit = () => 'issue';
    const second = await visit(at);
    assert.deepEqual(second.commands, made);
    assert.deepEqual(at.ca.asked, [first.key, second.key]);
  });

  it('takes up what a lost node was sending as lost, and never sends it again', async () => {
    await using at = await site({ patienceMs: 50, reconciles: true });
    at.ca.answers.submit = () => unreachable;
    const first = await visit(at);
    await at.rig.rows(
      `update opencapf_private.authority_request
       set state = 'sending', owner = gen_random_uuid(), leased_until = now(), next_attempt_at = now()`,
    );
    at.ca.answers.submit = () => 'issue';
    await lookNow(at.rig);
    assert.deepEqual(await requests(at), [{ state: 'issued', reason_code: null }]);
    assert.deepEqual(at.ca.asked, [first.key]);
  });

  it('asks for a new key when the phone would not store a ready certificate, or the authority is set so', async () => {
    for (const storeReadyCertificate of [true, false]) {
      await using at = await site({ patienceMs: 50, storeReadyCertificate });
      at.ca.answers.submit = () => unreachable;
      const first = await visit(at);
      at.ca.answers.submit = () => 'issue';
      await lookNow(at.rig);
      if (storeReadyCertificate) {
        const refused = await visit(at, {
          StoreCertificateRequest: ({ sessionId }) => storeCertificateResponse(sessionId, 7),
        });
        assert.deepEqual(refused.commands, ['StoreCertificateRequest']);
      }
      at.ca.terms.patienceMs = 20_000;
      const last = await visit(at);
      assert.deepEqual([last.commands, last.ended], [made, 1]);
      assert.deepEqual(at.ca.asked, [first.key, first.key, last.key]);
      const stale = await at.rig.rows('select from opencapf_private.stale_certificate');
      assert.equal(stale.length, 1, 'the first one is stale');
    }
  });

  it('records a certificate that comes when the operation was cancelled, as stale', async () => {
    await using at = await site({ patienceMs: 50 });
    let issue = (): void => undefined;
    const told = new Promise<'issue'>((resolve) => {
      issue = () => resolve('issue');
    });
    at.ca.answers.submit = () => told;
    await visitOnly(at);
    await cancelOperation(at.rig.services.database, at.operation, 'not wanted', { name: 'test' });
    assert.deepEqual(await requests(at), [{ state: 'abandoned', reason_code: 'operation-cancelled' }]);
    issue();
    await at.rig.services.requests.quiet();
    assert.equal((await at.rig.rows('select from opencapf_private.stale_certificate')).length, 1);
    assert.equal((await at.rig.operation(at.operation)).state, 'cancelled');
  });

  it('fails with a clear reason when a version-2 client is to prove its key', async () => {
    await using at = await site({ proofOfPossession: 'phone' });
    const phone = ordinaryPhone({ name, version: 2, publicKey: await phoneKey() });
    assert.equal((await at.rig.serve(phone)).ended, 7);
    assert.equal((await at.rig.operation(at.operation)).reason_code, 'key-proof-missing');
  });

  describe('that wants a proof of the phone', () => {
    const answers = [
      {
        name: 'refuses',
        react: ({ sessionId }) => signCertificateResponse(sessionId, { reason: 7 }),
        left: ['failed', 'key-proof-missing'],
        says: /signed nothing, reason 7/,
      },
      {
        name: 'signs wrongly',
        react: ({ sessionId }) => signCertificateResponse(sessionId, { signature: Buffer.from('5a5a', 'hex') }),
        left: ['failed', 'key-proof-wrong'],
        says: /does not verify/,
        hex: /5a5a\. /,
      },
      {
        name: 'answers what does not decode',
        react: () => new ProtocolError('element-runs-past-end').showing(Buffer.from('c0ffee', 'hex')),
        left: ['pending', 'phone-spoke-wrongly'],
        says: /./,
        hex: /answered by c0ffee\./,
      },
      {
        name: 'gives up',
        react: ({ sessionId }) => createMessage('AbortRequest', sessionId, { reason: 8 }),
        left: ['pending', 'phone-gave-up'],
        says: /AbortRequest, reason 8/,
      },
    ] as const satisfies readonly {
      readonly name: string;
      readonly react: NonNullable<Script['SignCertificateRequest']>;
      readonly left: readonly string[];
      readonly says: RegExp;
      readonly hex?: RegExp;
    }[];
    for (const { name: what, react, left, says, ...record } of answers) {
      it(`says so when it ${what}, keeps its answer as hex, and sends nothing to the authority`, async () => {
        await using at = await site({ proofOfPossession: 'phone' });
        await visit(at, { SignCertificateRequest: react });
        const { state, reason_code: code, reason } = await at.rig.operation(at.operation);
        assert.deepEqual([state, code], left);
        assert.match(reason ?? '', says);
        const hex = 'hex' in record ? record.hex : /answered by [0-9a-f]{20,}\./;
        assert.match((await at.rig.lastSession()).reason ?? '', hex);
        assert.deepEqual(at.ca.asked, []);
      });
    }
  });

  it('leaves the phones of other authorities alone while one hangs', async () => {
    await using at = await site({ patienceMs: 50, concurrency: 1 });
    at.ca.answers.submit = async () => await new Promise<never>(() => undefined);
    assert.equal((await visitOnly(at)).ended, 'hung up');
    const other = await addFakeAuthority(at.rig, { name: 'another CA' });
    const device = await at.rig.addDevice('SEP001122334466');
    await issueBy(at.rig, device, other);
    await at.rig.queue(device);
    const phone = ordinaryPhone({ name: 'SEP001122334466', publicKey: await phoneKey() });
    assert.equal((await at.rig.serve(phone)).ended, 1);
  });
});
