import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateMd5, readCertificate, verifySignedBy } from '@opencapf/pki';
import { keyGenerateResponse, requestInProgress, storeCertificateResponse } from '@opencapf/protocol';
import { revokeCertificate } from '@opencapf/store';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey } from './testing/rig.js';
import { ordinaryPhone, type Script, type ScriptedPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

function certificateSentTo(phone: ScriptedPhone): Buffer {
  const request = phone.received.find(({ command }) => command === 'StoreCertificateRequest');
  assert.ok(request?.command === 'StoreCertificateRequest');
  return request.certificate.der;
}

describe('an install', () => {
  it('gives the phone an LSC, and the contract its hash, in five round trips', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345' });
    const { database } = rig.services;
    const statements: string[] = [];
    const counted = {
      ...database,
      prepared: async <Row>(statement: string, text: string, values: readonly unknown[]) => {
        statements.push(statement);
        return await database.prepared<Row>(statement, text, values);
      },
    };
    const publicKey = await phoneKey();
    const phone = await rig.serve(ordinaryPhone({ name, password: '12345', publicKey }), { database: counted });
    assert.deepEqual(phone.commands, ['AuthRequest', 'KeyGenerateRequest', 'StoreCertificateRequest']);
    assert.equal(phone.ended, 1);
    assert.deepEqual(statements, [
      'find-device',
      'judge-string',
      'intend-certificate',
      'issue-certificate',
      'finish-install',
    ]);

    const der = certificateSentTo(phone);
    const certificate = readCertificate(der);
    assert.equal(certificate.commonName, name);
    assert.deepEqual(Buffer.from(certificate.spki), Buffer.from(publicKey));
    assert.ok(verifySignedBy(certificate, rig.issuer.certificate));

    const shown = await rig.shown(name);
    assert.equal(shown?.md5hash, certificateMd5(der));
    assert.equal(shown?.certificate_type, 'LSC');
    assert.equal(shown?.capf_auth_mode, 0);
    assert.equal(shown?.reset_required, false);
    const [row] = await rig.rows('select * from opencapf_private.certificate');
    assertHas(row, { subject: certificate.subject, issuer: certificate.issuer, not_after: certificate.notAfter });

    const ended = await rig.operation(operation);
    assert.equal(ended.state, 'successful');
    assert.equal(ended.authentication_string, null);
    const session = await rig.lastSession();
    assert.equal(session.outcome, 'installed');
    assert.equal(session.end_reason, 1);
    assert.equal(session.tls_version, 'TLSv1.3');
    assert.equal(session.remote_address, '192.0.2.7');
    assert.deepEqual(
      session.steps.map(({ state }) => state),
      [
        'connected',
        'awaitingAuthResponse',
        'authenticated',
        'awaitingKeyGenerateResponse',
        'keyGenerated',
        'awaitingStoreCertificateResponse',
        'certificateStored',
        'ended',
      ],
    );
    const audit = await rig.rows<{ action: string; actor: string; remote_address: string }>(
      `select action, actor, remote_address from opencapf_private.audit_entry where action like 'lsc.%'`,
    );
    assert.deepEqual(audit, [{ action: 'lsc.install', actor: name, remote_address: '192.0.2.7' }]);
  });

  it('supersedes the LSC before it', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await rig.queue(device);
    await rig.serve(ordinaryPhone({ name, publicKey: await phoneKey() }));
    await rig.queue(device);
    const second = await rig.serve(ordinaryPhone({ name, publicKey: await phoneKey() }));
    assert.equal((await rig.shown(name))?.md5hash, certificateMd5(certificateSentTo(second)));
    const rows = await rig.rows<{ superseded: boolean }>(
      'select superseded_at is not null as superseded from opencapf_private.certificate order by id',
    );
    assert.deepEqual(rows, [{ superseded: true }, { superseded: false }]);
  });

  it('takes every kind of key that can be asked for', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    for (const rsaKeySize of [512, 1024, 2048]) {
      await rig.queue(device, { rsaKeySize });
      const publicKey = await phoneKey({ kind: 'rsa', size: rsaKeySize });
      assert.equal((await rig.serve(ordinaryPhone({ name, publicKey }))).ended, 1);
    }
    for (const ecKeySize of [256, 384, 521] as const) {
      await rig.queue(device, { keyOrder: 'ecOnly', ecKeySize });
      const publicKey = await phoneKey({ kind: 'ec', size: ecKeySize });
      const phone = await rig.serve(ordinaryPhone({ name, publicKey }));
      assert.equal(phone.ended, 1);
      assert.deepEqual(readCertificate(certificateSentTo(phone)).keyType, { kind: 'ec', size: ecKeySize });
    }
  });

  it('fails when the LSC for the key that the phone shows again was revoked before it stored it', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const publicKey = await phoneKey();
    const leaves: Script = { StoreCertificateRequest: () => 'phone-left' };
    await rig.serve(ordinaryPhone({ name, publicKey, but: leaves }));
    const [issued] = await rig.rows<{ id: number }>('select id from opencapf_private.certificate');
    await revokeCertificate(rig.services.database, issued?.id ?? 0, 'keyCompromise', { name: 'test' });
    const phone = await rig.serve(ordinaryPhone({ name, publicKey }));
    assert.deepEqual([phone.commands.at(-1), phone.ended], ['KeyGenerateRequest', 7]);
    assertHas(await rig.operation(operation), { state: 'failed', reason_code: 'certificate-revoked' });
  });

  it('waits through any number of REQUEST_IN_PROGRESS', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name));
    const publicKey = await phoneKey();
    const phone = await rig.serve(
      ordinaryPhone({
        name,
        but: {
          KeyGenerateRequest: ({ sessionId }) => [
            ...Array.from({ length: 50 }, () => requestInProgress(sessionId)),
            keyGenerateResponse(sessionId, { publicKey }),
          ],
        },
      }),
    );
    assert.equal(phone.ended, 1);
    assert.ok((await rig.lastSession()).steps.length < 12);
  });

  it('asks a phone that cannot make the preferred EC key for the RSA key', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { keyOrder: 'ecPreferred' });
    const publicKey = await phoneKey();
    const phone = await rig.serve(
      ordinaryPhone({
        name,
        but: {
          KeyGenerateRequest: ({ sessionId, keyType }) =>
            keyGenerateResponse(sessionId, keyType === 1 ? { reason: 7 } : { publicKey }),
        },
      }),
    );
    assert.deepEqual(phone.commands, [
      'AuthRequest',
      'KeyGenerateRequest',
      'KeyGenerateRequest',
      'StoreCertificateRequest',
    ]);
    assert.equal(phone.ended, 1);
    assert.deepEqual(readCertificate(certificateSentTo(phone)).keyType, { kind: 'rsa', size: 1024 });
  });

  it('tells a version-2 client the key size alone, and asks it for the RSA backup at once', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice('CSFanna'), { keyOrder: 'ecPreferred' });
    const phone = await rig.serve(ordinaryPhone({ name: 'CSFanna', version: 2, publicKey: await phoneKey() }));
    assert.equal(phone.ended, 1);
    const request = phone.received[1];
    assert.deepEqual(request?.payload, Buffer.from([10, 0, 2, 4, 0]));
  });

  it('fails when a version-2 client would have to make an EC key', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { keyOrder: 'ecOnly' });
    const phone = await rig.serve(ordinaryPhone({ name, version: 2, publicKey: await phoneKey() }));
    assert.deepEqual(phone.commands, ['AuthRequest']);
    assert.equal(phone.ended, 7);
    assertHas(await rig.operation(operation), { state: 'failed', reason_code: 'phone-version-too-old' });
  });

  it('fails with the reason, and issues nothing, when the key is not what was asked for or not sound', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const wrong: readonly [string, Uint8Array][] = [
      ['public-key-size-unexpected', await phoneKey({ kind: 'rsa', size: 2048 })],
      ['public-key-kind-unexpected', await phoneKey({ kind: 'ec', size: 256 })],
      ['public-key-malformed', Buffer.from('no key')],
    ];
    for (const [code, publicKey] of wrong) {
      const operation = await rig.queue(device);
      const phone = await rig.serve(ordinaryPhone({ name, publicKey }));
      assert.equal(phone.ended, 7);
      const { state, reason_code, reason } = await rig.operation(operation);
      assert.equal(state, 'failed');
      assert.equal(reason_code, code);
      assert.ok((reason ?? '').length > 20);
    }
    assert.deepEqual(await rig.rows('select from opencapf_private.certificate'), []);
  });

  it("fails when the key is another device's, also when both show it at once", async () => {
    await using rig = await makeRig();
    const publicKey = await phoneKey();
    const names = [name, 'SEP00112233445A'];
    const operations = await Promise.all(names.map(async (each) => await rig.queue(await rig.addDevice(each))));
    const phones = await Promise.all(
      names.map(async (each) => await rig.serve(ordinaryPhone({ name: each, publicKey }))),
    );
    assert.deepEqual(phones.map(({ ended }) => ended).sort(), [1, 7]);
    const states = await Promise.all(operations.map(async (id) => (await rig.operation(id)).reason_code));
    assert.deepEqual(states.sort(), [null, 'public-key-of-another-device'].sort());
    assert.equal((await rig.rows('select from opencapf_private.certificate')).length, 1);
  });

  it('waits for another attempt when the phone does not store the certificate, which stays visible as issued', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '4711' });
    const phone = await rig.serve(
      ordinaryPhone({
        name,
        password: '4711',
        publicKey: await phoneKey(),
        but: { StoreCertificateRequest: ({ sessionId }) => storeCertificateResponse(sessionId, 7) },
      }),
    );
    assert.equal(phone.ended, 7);
    const { state, reason_code, authentication_string } = await rig.operation(operation);
    assert.deepEqual([state, reason_code], ['pending', 'certificate-not-stored']);
    assert.notEqual(authentication_string, null);
    assert.equal((await rig.shown(name))?.md5hash, null);
    const [row] = await rig.rows('select issued_at, sent_at, installed_at from opencapf_private.certificate');
    assertHas(row, { installed_at: null, sent_at: rig.services.clock() });
  });

  it('says to the administrator, and not to the phone, that the issuer cannot sign', async () => {
    await using rig = await makeRig();
    const later = new Date('2050-01-01T00:00:00Z');
    const operation = await rig.queue(await rig.addDevice(name), { completesBy: new Date('2050-01-02T00:00:00Z') });
    rig.setTime(later);
    const phone = await rig.serve(ordinaryPhone({ name, publicKey: await phoneKey() }));
    assert.equal(phone.ended, 'hung up');
    const { state, reason_code, reason } = await rig.operation(operation);
    assert.deepEqual([state, reason_code], ['pending', 'service-fault']);
    assert.match(reason ?? '', /issuing certificate has expired/);
    assert.deepEqual(rig.logged, ['a session broke by a fault of ours']);
  });

  it('waits for another attempt when the phone cannot make a key', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    const phone = await rig.serve(ordinaryPhone({ name }));
    assert.equal(phone.ended, 7);
    assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'key-generation-failed' });
  });

  for (const state of ['KeyGenerateRequest', 'StoreCertificateRequest'] as const) {
    it(`waits for another attempt when the phone leaves on ${state}`, async () => {
      await using rig = await makeRig();
      const operation = await rig.queue(await rig.addDevice(name));
      const phone = await rig.serve(
        ordinaryPhone({ name, publicKey: await phoneKey(), but: { [state]: () => 'phone-left' } }),
      );
      assert.equal(phone.ended, 'hung up');
      assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'phone-left' });
      const again = await rig.serve(ordinaryPhone({ name, publicKey: await phoneKey() }));
      assert.equal(again.ended, 1);
      assert.equal((await rig.operation(operation)).state, 'successful');
    });

    it(`hangs up, so that the phone tries again, when it is too late with its answer to ${state}`, async () => {
      await using rig = await makeRig();
      const operation = await rig.queue(await rig.addDevice(name));
      const phone = await rig.serve(
        ordinaryPhone({ name, publicKey: await phoneKey(), but: { [state]: () => 'deadline-passed' } }),
      );
      assert.equal(phone.ended, 'hung up');
      assertHas(await rig.operation(operation), { state: 'pending', reason_code: 'deadline-passed' });
    });
  }
});
