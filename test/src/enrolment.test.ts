import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPhoneTls, enroll, readCapfTrust } from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { Enrolments, makeKey } from './support/enrolments.js';

const host = '127.0.0.1';

describe('an enrolment', () => {
  it('takes a phone from a queued install to the hash that the configuration builder reads', async () => {
    await using enrolments = await Enrolments.start();
    const name = 'SEP001122334455';
    await enrolments.queueInstall(name, '4711');
    assert.equal((await enrolments.enroll(name, { makeKey }, '1234')).outcome.kind, 'refused');
    const { outcome, endReason, tls } = await enrolments.enroll(name, { makeKey }, '4711');
    assert.equal(outcome.kind, 'installed');
    assert.equal(endReason, 1);
    assert.equal(tls?.verified, true);
    const [row] = await enrolments.rows<{ md5hash: string }>(`select md5hash,name from device where name='${name}'`);
    assert.match(row?.md5hash ?? '', /^[0-9a-f]{32}$/);
    assert.doesNotMatch(enrolments.service.err, /4711|1234"/);
  });

  it('is served to an old phone by TLS 1.0 on a port of its own, while the first port stays strict', async () => {
    await using enrolments = await Enrolments.start({ OPENCAPF_CAPF_LEGACY_PORT: '0' });
    const name = 'SEP001122334455';
    await enrolments.queueInstall(name);
    const port = Number(/TLS \S+:(\d+), from TLS 1\.0 on/.exec(enrolments.service.out)?.[1]);
    const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(enrolments.at.ca)), version: 'TLSv1' });
    const strict = await enroll({ host, port: enrolments.at.capfPort, name, tls }, { makeKey });
    assert.equal(strict.outcome.kind, 'tlsFault');
    assert.equal((await enroll({ host, port, name, tls }, { makeKey })).outcome.kind, 'installed');
    const sessions = await enrolments.rows('select listener, tls_version, outcome from opencapf_private.session');
    assert.deepEqual(sessions, [{ listener: 'legacy', tls_version: 'TLSv1', outcome: 'installed' }]);
  });

  it('waits for the next visit when the service is stopped while the phone makes its key', async () => {
    await using enrolments = await Enrolments.start({ OPENCAPF_DRAIN_TIMEOUT: '0' });
    const name = 'SEP001122334455';
    await enrolments.queueInstall(name);
    const interrupted = await enrolments.enroll(name, {
      makeKey: async (type) => {
        await enrolments.service.kill('SIGTERM');
        return await generateKeyPair(type);
      },
    });
    assert.equal(interrupted.outcome.kind, 'connectionFault');
    assert.equal((await enrolments.service.ended).status, 0);
    const operations = await enrolments.rows('select state, reason_code from opencapf_private.operation');
    assert.deepEqual(operations, [{ state: 'pending', reason_code: 'service-stopped' }]);
    const open = await enrolments.rows('select from opencapf_private.session where ended_at is null');
    assert.deepEqual(open, []);
    await enrolments.startService();
    assert.equal((await enrolments.enroll(name)).outcome.kind, 'installed');
  });

  for (const stage of ['awaitingKeyGenerateResponse', 'awaitingStoreCertificateResponse'] as const) {
    it(`is taken up after a kill -9 while the phone was ${stage}`, async () => {
      await using enrolments = await Enrolments.start();
      const name = 'SEP001122334455';
      await enrolments.queueInstall(name);
      const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
      const cut = await enrolments.enroll(name, {
        makeKey: async () => key,
        send: async (message, at) => {
          if (at === stage) await enrolments.service.kill('SIGKILL');
          return message;
        },
      });
      assert.equal(cut.outcome.kind, 'connectionFault');
      await enrolments.service.ended;
      await enrolments.startService();
      const again = await enrolments.enroll(name, { makeKey: async () => key });
      assert.equal(again.outcome.kind, 'installed');
      const certificates = await enrolments.rows('select from opencapf_private.certificate');
      assert.equal(certificates.length, 1, 'one certificate for one key of one operation');
    });
  }
});
