import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPhoneTls, enroll, readCapfTrust } from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { Enrolments, makeKey } from './support/enrolments.js';

const host = '127.0.0.1';

describe('an enrolment', () => {
  let enrolments: Enrolments;
  before(async () => {
    enrolments = await Enrolments.start({ OPENCAPF_CAPF_LEGACY_PORT: '0', OPENCAPF_DRAIN_TIMEOUT: '0' });
  });
  after(async () => await enrolments?.[Symbol.asyncDispose]());

  it('takes a phone from a queued install to the hash that the configuration builder reads', async () => {
    const name = 'SEP001122334401';
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
    const name = 'SEP001122334402';
    await enrolments.queueInstall(name);
    const port = Number(/TLS \S+:(\d+), from TLS 1\.0 on/.exec(enrolments.service.out)?.[1]);
    const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(enrolments.at.ca)), version: 'TLSv1' });
    const strict = await enroll({ host, port: enrolments.at.capfPort, name, tls }, { makeKey });
    assert.equal(strict.outcome.kind, 'tlsFault');
    assert.equal((await enroll({ host, port, name, tls }, { makeKey })).outcome.kind, 'installed');
    const sessions = await enrolments.rows(
      `select listener, tls_version, outcome from opencapf_private.session where device_name = '${name}'`,
    );
    assert.deepEqual(sessions, [{ listener: 'legacy', tls_version: 'TLSv1', outcome: 'installed' }]);
  });

  it('waits for the next visit when the service is stopped while the phone makes its key', async () => {
    const name = 'SEP001122334403';
    await enrolments.queueInstall(name);
    const interrupted = await enrolments.enroll(name, {
      makeKey: async (type) => {
        await enrolments.service.kill('SIGTERM');
        return await generateKeyPair(type);
      },
    });
    assert.equal(interrupted.outcome.kind, 'connectionFault');
    assert.equal((await enrolments.service.ended).status, 0);
    const operations = await enrolments.rows(
      `select state, reason_code from opencapf_private.operation where device_name = '${name}'`,
    );
    assert.deepEqual(operations, [{ state: 'pending', reason_code: 'service-stopped' }]);
    const open = await enrolments.rows('select from opencapf_private.session where ended_at is null');
    assert.deepEqual(open, []);
    await enrolments.startService();
    assert.equal((await enrolments.enroll(name)).outcome.kind, 'installed');
  });
});
