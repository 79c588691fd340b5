import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '@opencapf/protocol';
import {
  certificateSessions,
  materialCertificate,
  type RecordedSession,
  saidByPhone,
} from './testing/recorded-sessions.js';
import { makeRig, type Rig } from './testing/rig.js';
import { ScriptedPhone } from './testing/scripted-phone.js';
import { trust } from './testing/trust.js';

/** What must come of each, which is not always what came of it with the recorded server. */
const verdicts: Readonly<Record<string, string>> = {
  'install-certificate-rsa-lsc-sudi-same': 'accepted',
  'install-certificate-rsa-lsc-sudi-mic': 'accepted',
  'install-certificate-lsc-of-another-device': 'certificate-refused',
  'install-certificate-expired-lsc': 'certificate-refused',
  'install-certificate-ec-lsc-sudi-mic': 'sudi-refused',
  'install-ec-key-certificate-ec-lsc-sudi-mic': 'sudi-refused',
  'install-certificate-ec-lsc-no-sudi-file': 'phone left',
  'install-certificate-mic-only': 'accepted',
  'install-certificate-none-sent': 'proof-missing',
  'install-certificate-untrusted-issuer': 'certificate-refused',
  'certificate-without-sudi-accepted': 'accepted',
  'certificate-same-signatures-replayed-in-another-session': 'accepted',
  'certificate-signed-data-missing': 'signature-refused',
  'certificate-sha2-missing': 'signature-refused',
  'certificate-sha256-refused': 'accepted',
  'certificate-bad-signature': 'signature-refused',
  'certificate-sudi-empty-element': 'malformed',
  'certificate-sha2-element-too-short': 'malformed',
  'certificate-garbage-der': 'certificate-refused',
  'certificate-element-one-byte': 'malformed',
  'certificate-padding-not-checked': 'signature-refused',
  'certificate-exponent-3-forged-without-private-key': 'signature-refused',
};

describe('a recorded session in which a phone was to prove itself by certificate', () => {
  it('has a verdict here', () => {
    assert.deepEqual(certificateSessions.map(({ name }) => name).sort(), Object.keys(verdicts).sort());
  });

  for (const session of certificateSessions) {
    it(`${session.name}: ${verdicts[session.name]}`, async () => {
      await using rig = await makeRig();
      const device = await prepare(rig, session);
      assert.equal(await replay(rig, device, session), verdicts[session.name]);
    });
  }
});

describe('a proof that was overheard, without SUDI', () => {
  const replayed = sessionNamed('certificate-same-signatures-replayed-in-another-session');
  const expected = [
    { requireSudi: 'never', shownBefore: true, verdict: 'accepted' },
    { requireSudi: 'whenAvailable', shownBefore: false, verdict: 'accepted' },
    { requireSudi: 'whenAvailable', shownBefore: true, verdict: 'sudi-missing' },
    { requireSudi: 'always', shownBefore: false, verdict: 'sudi-missing' },
  ] as const;
  for (const { requireSudi, shownBefore, verdict } of expected) {
    const before = shownBefore ? 'has shown SUDI before' : 'never showed SUDI';
    it(`is ${verdict} under ${requireSudi}, of a device that ${before}`, async () => {
      await using rig = await makeRig();
      const device = await prepare(rig, replayed);
      if (shownBefore) await rig.rows('update opencapf_private.device set sudi_seen_at = now() where id = $1', device);
      const proofs = { ...rig.services.proofs, requireSudi };
      assert.equal(await replay(rig, device, replayed, { proofs }), verdict);
    });
  }
});

describe('a SUDI proof by the certificate of another device', () => {
  for (const requireSudi of ['never', 'whenAvailable', 'always'] as const) {
    for (const name of ['install-certificate-ec-lsc-sudi-mic', 'install-ec-key-certificate-ec-lsc-sudi-mic']) {
      it(`is refused under ${requireSudi}: ${name}`, async () => {
        await using rig = await makeRig();
        const session = sessionNamed(name);
        const device = await prepare(rig, session);
        const proofs = { ...rig.services.proofs, requireSudi };
        assert.equal(await replay(rig, device, session, { proofs }), 'sudi-refused');
        assert.match((await rig.lastSession()).reason ?? '', /SUDI: .* names ".*", not SEP/);
      });
    }
  }
});

describe('a SUDI proof of another session', () => {
  it('is refused when it is shown, and not judged under never', async () => {
    const session = sessionNamed('install-certificate-rsa-lsc-sudi-mic');
    for (const [requireSudi, verdict] of [
      ['never', 'accepted'],
      ['whenAvailable', 'sudi-refused'],
    ] as const) {
      await using rig = await makeRig();
      const device = await prepare(rig, session);
      const proofs = { ...rig.services.proofs, requireSudi };
      assert.equal(await replay(rig, device, session, { proofs }, 1), verdict);
    }
  });
});

function sessionNamed(name: string): RecordedSession {
  return certificateSessions.find((session) => session.name === name) ?? assert.fail(name);
}

/** The phone's device, its issuers in the trust store, and what the session was recorded for. */
async function prepare(rig: Rig, session: RecordedSession): Promise<number> {
  const lscIssuer = materialCertificate(session, 'lsc_issuer_certificate_pem');
  if (lscIssuer !== undefined) await trust(rig, lscIssuer, 'foreignCapf');
  const sudiIssuer = materialCertificate(session, 'sudi_issuer_certificate_pem');
  if (sudiIssuer !== undefined && lscIssuer?.toString() !== sudiIssuer.toString()) await trust(rig, sudiIssuer, 'mic');
  return await rig.addDevice(String(session.materials['device_name']));
}

async function replay(
  rig: Rig,
  device: number,
  session: RecordedSession,
  changes: Partial<Rig['services']> = {},
  sessionId = Number(session.materials['session_id']),
): Promise<string | null> {
  const mode = session.name.endsWith('mic-only') ? 'existingCertificateMicFirst' : 'existingCertificateLscFirst';
  const operation = await rig.queue(device, { mode });
  const [introduction] = saidByPhone(session);
  const phone = new ScriptedPhone({ AuthRequest: () => introduction ?? 'phone-left' }, sessionId);
  await rig.serve(phone, changes);
  const { state } = await rig.operation(operation);
  assert.equal(state, 'pending');
  if (introduction === undefined) return phone.ended === 'hung up' ? 'phone left' : String(phone.ended);
  if (phone.commands.includes('KeyGenerateRequest')) return 'accepted';
  assert.deepEqual(phone.commands, ['AuthRequest']);
  assert.equal(phone.ended, 7);
  if (introduction instanceof ProtocolError) return 'malformed';
  const { outcome, reason } = await rig.lastSession();
  assert.ok(reason, 'the record says what was wrong');
  return outcome;
}
