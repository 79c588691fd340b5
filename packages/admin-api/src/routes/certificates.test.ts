import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { certificateMd5, type Issuer, publicKeyMd5, readCertificate, sha256Hex, toPem } from '@opencapf/pki';
import { type Answer, type Body, certificateFor, foreignIssuer, TestApi } from '../testing/api.js';

const pem = 'application/x-pem-file';
const der = 'application/pkix-cert';

describe('a certificate at hand', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const record = async (name: string, bytes: Uint8Array, query = ''): Promise<Answer> =>
    await api.call('PUT', `/v1/devices/${name}/certificate${query}`, {
      payload: Buffer.from(bytes),
      headers: { 'content-type': der },
    });
  const shown = async (name: string): Promise<Record<string, unknown> | undefined> =>
    (
      await api.sql.run('select md5hash, public_key_md5, certificate_type from public.device where name = $1', [name])
    )[0];

  it('of ours is recorded as the LSC, and the relation shows its hashes', async () => {
    const name = await api.addDevice();
    const lsc = await certificateFor(api.issuer, name);
    const answer = await record(name, lsc);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual(
      [answer.body['type'], answer.body['state'], answer.body['origin']],
      ['LSC', 'installed', 'manual'],
    );
    const hashes = { md5hash: certificateMd5(lsc), public_key_md5: publicKeyMd5(readCertificate(lsc).spki) };
    assert.deepEqual(await shown(name), { ...hashes, certificate_type: 'LSC' });
    const { body } = await api.call('GET', `/v1/devices/${name}`);
    assert.deepEqual([body['md5hash'], body['publicKeyMd5']], [hashes.md5hash, hashes.public_key_md5]);
    const [entry] = await api.sql.run(
      "select actor, remote_address from opencapf_private.audit_entry where action = 'certificate.record' and subject = $1",
      [name],
    );
    assert.deepEqual(entry, { actor: 'tester', remote_address: '127.0.0.1' });
  });

  it('is given back as PEM, and as DER to who asks for it', async () => {
    const name = await api.addDevice();
    const lsc = await certificateFor(api.issuer, name);
    const uploaded = await api.call('PUT', `/v1/devices/${name}/certificate`, {
      payload: toPem('CERTIFICATE', lsc),
      headers: { 'content-type': pem },
    });
    assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
    const text = await api.call('GET', `/v1/devices/${name}/certificate`);
    assert.equal(text.headers['content-type'], pem);
    assert.deepEqual(new X509Certificate(text.bytes).raw, Buffer.from(lsc));
    const bytes = await api.call('GET', `/v1/devices/${name}/certificate`, { headers: { accept: der } });
    assert.equal(bytes.headers['content-type'], der);
    assert.deepEqual(bytes.bytes, Buffer.from(lsc));
  });

  it('takes the place of the one before, which does not come back', async () => {
    const name = await api.addDevice();
    const first = await certificateFor(api.issuer, name);
    const second = await certificateFor(api.issuer, name);
    await record(name, first);
    await record(name, second);
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(second));
    for (const query of ['', '?force=true']) {
      const back = await record(name, first, query);
      assert.deepEqual([back.status, back.body['code']], [409, 'certificate-out-of-use']);
    }
    assert.equal((await record(name, second)).status, 200);
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(second));
    const { body } = await api.call('GET', `/v1/devices/${name}/certificates`);
    assert.deepEqual(
      (body['items'] as Body[]).map(({ state }) => state),
      ['installed', 'superseded'],
    );
  });

  it('that nobody vouches for, or that is expired, is recorded only when forced', async () => {
    const name = await api.addDevice();
    const foreign = await certificateFor(await foreignIssuer(), name);
    const refused = await record(name, foreign);
    assert.deepEqual([refused.status, refused.body['code']], [422, 'certificate-unverified']);
    assert.equal((await shown(name))?.['md5hash'], null);
    const old = await certificateFor(api.issuer, name, new Date('2036-01-01T00:00:00Z'));
    const early = await record(name, old);
    assert.deepEqual([early.status, early.body['code']], [422, 'certificate-not-in-its-dates']);
    assert.equal((await record(name, foreign, '?force=true')).status, 200);
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(foreign));
  });

  it('of another device is refused, forced or not', async () => {
    const name = await api.addDevice();
    const other = await api.addDevice();
    const lsc = await certificateFor(api.issuer, name);
    for (const commonName of [other, `x${name}`, `${name}x`, `CP 8845-${name}`, `-${name}`]) {
      const answer = await record(name, await certificateFor(api.issuer, commonName), '?force=true');
      assert.deepEqual([answer.status, answer.body['code']], [422, 'certificate-name-mismatch'], commonName);
    }
    await record(name, lsc);
    await api.sql.run(
      `insert into opencapf_private.certificate (device_name, type, origin, serial, public_key, der, subject, issuer, not_before, not_after)
       select 'SEP0000000000FF', 'MIC', 'manual', serial, public_key, der || '\\x00', subject, issuer, not_before, not_after
       from opencapf_private.certificate where device_name = $1`,
      [name],
    );
    const answer = await record(name, lsc, '?force=true');
    assert.deepEqual(
      [answer.status, answer.body['code'], /SEP0000000000FF/.test(String(answer.body['detail']))],
      [409, 'certificate-key-of-another-device', true],
    );
  });

  it('that is a MIC is shown as long as there is no LSC', async () => {
    const name = await api.addDevice();
    const mic = await certificateFor(await foreignIssuer(), `CP-8845-${name}`);
    const answer = await record(name, mic, '?force=true');
    assert.deepEqual([answer.body['type'], answer.body['state']], ['MIC', 'recorded']);
    assert.deepEqual((await shown(name))?.['certificate_type'], 'MIC');
    const lsc = await certificateFor(api.issuer, name);
    await record(name, lsc);
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(lsc));
    await record(name, mic, '?force=true');
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(lsc));
  });

  it('is vouched for by the trust store too, each purpose for its own', async () => {
    const trust = async (purpose: string): Promise<Issuer> => {
      const issuer = await foreignIssuer(new Date('2026-01-01T00:00:00Z'));
      const { status } = await api.call('POST', `/v1/trust-certificates?purpose=${purpose}`, {
        payload: Buffer.from(issuer.certificate.der),
        headers: { 'content-type': der },
      });
      assert.equal(status, 201);
      return issuer;
    };
    const maker = await trust('mic');
    const cluster = await trust('foreignCapf');
    const name = await api.addDevice();
    const mic = await certificateFor(maker, `CP-8845-${name}`);
    assert.deepEqual((await record(name, mic)).body['type'], 'MIC');
    for (const refused of [await certificateFor(cluster, `CP-8845-${name}`), await certificateFor(maker, name)]) {
      const answer = await record(name, refused);
      assert.deepEqual([answer.status, answer.body['code']], [422, 'certificate-unverified']);
    }
    const expired = await certificateFor(maker, `CP-8845-${name}`, new Date('2026-08-01T00:00:00Z'));
    assert.equal((await record(name, expired)).body['code'], 'certificate-not-in-its-dates');
    await api.call('PATCH', `/v1/trust-certificates/${sha256Hex(maker.certificate.der)}`, {
      body: { allowExpired: true },
    });
    assert.equal((await record(name, expired)).status, 200);
    const lsc = await certificateFor(cluster, name);
    assert.equal((await record(name, lsc)).body['type'], 'LSC');
    assert.equal((await shown(name))?.['md5hash'], certificateMd5(lsc));
  });

  it('that is none is refused, whatever it is', async () => {
    const name = await api.addDevice();
    const unreadable = await record(name, Buffer.from('rubbish'));
    assert.deepEqual([unreadable.status, unreadable.body['code']], [400, 'certificate-unreadable']);
    const large = await record(name, Buffer.alloc(200_000));
    assert.deepEqual([large.status, large.body['code']], [413, 'request-too-large']);
    const json = await api.call('PUT', `/v1/devices/${name}/certificate`, { body: {} });
    assert.deepEqual([json.status, json.body['code']], [415, 'content-type-unsupported']);
    const nothing = await api.call('PUT', `/v1/devices/${name}/certificate`);
    assert.deepEqual([nothing.status, nothing.body['code']], [400, 'request-invalid']);
    const own = await record(name, api.issuer.certificate.der, '?force=true');
    assert.equal(own.status, 422);
    const none = await api.call('GET', `/v1/devices/${name}/certificate`);
    assert.deepEqual([none.status, none.body['code']], [404, 'certificate-none']);
  });

  it('and the CAPF certificate can be had', async () => {
    const { bytes } = await api.call('GET', '/v1/capf-certificate');
    assert.deepEqual(new X509Certificate(bytes).raw, Buffer.from(api.issuer.certificate.der));
    const asked = await api.call('GET', '/v1/capf-certificate', { headers: { accept: der } });
    assert.deepEqual(asked.bytes, Buffer.from(api.issuer.certificate.der));
  });
});
