import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { keyGenerateResponse, ProtocolError, signCertificateResponse } from '@opencapf/protocol';
import { queueProbe, readProbe } from '@opencapf/store';
import { installLsc } from '../testing/installed-lsc.js';
import { makeRig, type Rig, today } from '../testing/rig.js';
import { ordinaryPhone, type Script } from '../testing/scripted-phone.js';
import type { ProbeEvidence } from './probe-session.js';

const name = 'SEP001122AABBCC';
const author = { name: 'admin' };
const hour = 3_600_000;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = rsa.publicKey.export({ format: 'der', type: 'spki' });

function signer(how: (info: Buffer, key: KeyObject) => Buffer): Script {
  return {
    SignCertificateRequest: ({ sessionId, signedData = Buffer.alloc(0) }) =>
      signCertificateResponse(sessionId, { signature: how(signedData, rsa.privateKey) }),
  };
}

async function ask(
  rig: Rig,
  exchange = 'signCertificate',
  expiresAt = new Date(today.getTime() + hour),
): Promise<void> {
  const wanted = { exchange, model: 'CP-8841', firmware: '14-2-1', expiresAt };
  assert.notEqual(await queueProbe(rig.services.database, name, wanted, today, author), undefined);
}

async function probed(rig: Rig, but: Script) {
  const phone = await rig.serve(ordinaryPhone({ name, publicKey: spki, but }));
  const { state, evidence } = (await readProbe(rig.services.database, name)) ?? {};
  return { phone, state, evidence: evidence as unknown as ProbeEvidence };
}

describe('a probe', () => {
  it('finds out in which form a phone signs, and keeps nothing that tells whose it is', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    const forms: readonly (readonly [Script, RegExp])[] = [
      [signer((info, key) => sign('sha256', info, key)), /256 bytes\. Form: PKCS#1 v1\.5 with DigestInfo, sha256\./],
      [
        signer((info, key) => privateEncrypt(key, createHash('sha256').update(info).digest())),
        /Form: bare digest, sha256\./,
      ],
      [signer(() => Buffer.alloc(256, 1)), /Form: unknown\./],
      [
        { SignCertificateRequest: ({ sessionId }) => signCertificateResponse(sessionId, { reason: 7 }) },
        /INVALID_ELEMENT/,
      ],
    ];
    for (const [script, expected] of forms) {
      await ask(rig);
      const { phone, state, evidence } = await probed(rig, script);
      assert.equal(state, 'done');
      assert.match(evidence.findings.join(' '), expected);
      assert.equal(phone.ended, 0);
      assert.deepEqual(phone.commands, ['AuthRequest', 'KeyGenerateRequest', 'SignCertificateRequest']);
      assert.deepEqual(
        evidence.messages.map(({ from, hex }) => `${from} ${hex.slice(2, 4)}`),
        ['server 03', 'phone 04', 'server 16', 'phone 17'],
      );
      const text = JSON.stringify(evidence);
      for (const secret of [name, '001122AABBCC', '001122aabbcc', Buffer.from(name).toString('hex')]) {
        assert.ok(!text.includes(secret), secret);
      }
      assert.ok(!text.includes(spki.subarray(40, 60).toString('hex')));
      assert.deepEqual([evidence.model, evidence.firmware, evidence.tlsVersion], ['CP-8841', '14-2-1', 'TLSv1.3']);
      assert.equal((await rig.lastSession()).outcome, 'probed');
    }
  });

  it('comes before what is queued, changes nothing on record, and lets the phone come again for it', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await installLsc(rig, device, name);
    const operation = await rig.queue(device, { string: '4711', rsaKeySize: 2048 });
    const before = await rig.shown(name);
    await ask(rig);
    const { phone, state } = await probed(
      rig,
      signer((info, key) => sign('sha256', info, key)),
    );
    assert.deepEqual([phone.ended, state], ['hung up', 'done']);
    assert.deepEqual(await rig.shown(name), before);
    assert.equal(before?.reset_required, true);
    assert.equal((await rig.operation(operation)).state, 'pending');
    assert.equal((await rig.rows('select from opencapf_private.certificate')).length, 1);

    const next = await rig.serve(ordinaryPhone({ name, publicKey: spki, password: '4711' }));
    assert.equal(next.ended, 1);
    assert.equal((await rig.operation(operation)).state, 'successful');
  });

  const endings: readonly (readonly [string, Script, RegExp])[] = [
    ['hangs up', { SignCertificateRequest: () => 'phone-left' }, /^phone-left: /],
    ['says nothing', { SignCertificateRequest: () => 'deadline-passed' }, /^deadline-passed: /],
    [
      'says what is no CAPF',
      {
        SignCertificateRequest: () =>
          new ProtocolError('command-unknown', undefined, { bytes: Buffer.from('55ff000000010001aa', 'hex') }),
      },
      /^phone-spoke-wrongly: /,
    ],
    [
      'makes no key',
      { KeyGenerateRequest: ({ sessionId }) => keyGenerateResponse(sessionId, { reason: 7 }) },
      /no key/,
    ],
  ];
  for (const [what, script, expected] of endings) {
    it(`is done, and says so, when the phone ${what}`, async () => {
      await using rig = await makeRig();
      await rig.addDevice(name);
      await ask(rig);
      const { state, evidence } = await probed(rig, script);
      assert.equal(state, 'done');
      assert.match(evidence.findings.join(' '), expected);
      assert.equal(
        evidence.messages.some(({ hex }) => hex.startsWith('55ff')),
        what === 'says what is no CAPF',
      );
      assert.deepEqual(rig.logged, []);
      const again = await rig.serve(ordinaryPhone({ name }));
      assert.deepEqual(again.commands, ['AuthRequest', 'FetchCertificateRequest']);
    });
  }

  it('asks for the MIC by its type', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await ask(rig, 'fetchMicByType');
    const { phone, evidence } = await probed(rig, {});
    assert.deepEqual(phone.commands, ['AuthRequest', 'FetchCertificateRequest']);
    assert.match(evidence.findings.join(' '), /no certificate, reason 7/);
  });

  it('is not carried out when its time is over, nor with a phone of version 2', async () => {
    await using rig = await makeRig();
    await rig.addDevice(name);
    await ask(rig, 'signCertificate', new Date(today.getTime() - 1));
    assert.deepEqual((await rig.serve(ordinaryPhone({ name }))).commands, ['AuthRequest', 'FetchCertificateRequest']);
    await ask(rig);
    const phone = await rig.serve(ordinaryPhone({ name, version: 2 }));
    assert.deepEqual([phone.commands, phone.ended], [['AuthRequest'], 0]);
  });
});
