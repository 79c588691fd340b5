import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { toPem } from '@opencapf/pki';
import { readTrustAnchors, readTrustVersion, syncTrustFiles, TrustUses } from '@opencapf/store';
import { type Answer, type Body, certificateFor, foreignIssuer, TestApi } from '../testing/api.js';
import { trustFixtures } from '../testing/trust-fixtures.js';

const pem = 'application/x-pem-file';
const der = 'application/pkix-cert';
const pkcs7 = 'application/pkcs7-mime';

const bytesOf = (text: string): Buffer => Buffer.from(new X509Certificate(text).raw);
const sha256Of = (text: string): string => new X509Certificate(text).fingerprint256.replaceAll(':', '').toLowerCase();

describe('the CAPF trust store', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await TestApi.start();
  });
  afterEach(async () => await api[Symbol.asyncDispose]());

  const upload = async (payload: Buffer | string, type: string, query = ''): Promise<Answer> =>
    await api.call('POST', `/v1/trust-certificates${query}`, { payload, headers: { 'content-type': type } });
  const items = ({ body }: Answer): readonly Body[] => body['items'] as Body[];
  const list = async (query = ''): Promise<readonly Body[]> =>
    items(await api.call('GET', `/v1/trust-certificates${query}`));
  const audit = async (): Promise<readonly Record<string, unknown>[]> =>
    await api.sql.run(
      "select actor, action, outcome, subject, remote_address from opencapf_private.audit_entry where action like 'trust.%' or action = 'call.refuse' order by id",
    );
  const version = async (): Promise<string> => await readTrustVersion(api.test.database);

  it('takes PEM, DER and PKCS#7, and lists what it holds', async () => {
    const one = await upload(trustFixtures.root, pem);
    assert.equal(one.status, 201, JSON.stringify(one.body));
    const [stored] = items(one);
    const { createdAt: _at, notBefore, notAfter, ...rest } = stored ?? {};
    assert.deepEqual(rest, {
      sha256: sha256Of(trustFixtures.root),
      purpose: 'mic',
      source: 'upload',
      fileName: null,
      subject: 'O=Maker, CN=Manufacturing Root',
      issuer: 'O=Maker, CN=Manufacturing Root',
      allowExpired: false,
      useCount: 0,
      lastUsedAt: null,
      createdBy: 'tester',
    });
    const x509 = new X509Certificate(trustFixtures.root);
    assert.deepEqual(
      [new Date(String(notBefore)), new Date(String(notAfter))],
      [new Date(x509.validFrom), new Date(x509.validTo)],
    );
    const foreign = (await foreignIssuer()).certificate;
    assert.equal((await upload(Buffer.from(foreign.der), der, '?purpose=foreignCapf')).status, 201);
    const chain = await upload(trustFixtures.chain, pkcs7);
    assert.equal(chain.status, 201, JSON.stringify(chain.body));
    assert.equal((await list()).length, 3);
    assert.deepEqual(
      (await list('?purpose=foreignCapf')).map(({ subject }) => subject),
      [foreign.subject],
    );
    assert.deepEqual(await list('?purpose=lscIssuer'), []);
    const first = await api.call('GET', '/v1/trust-certificates?limit=2');
    assert.equal(items(first).length, 2);
    assert.equal((await list(`?limit=2&cursor=${String(first.body['nextCursor'])}`)).length, 1);
  });

  it('keeps two CAs of one name and different keys apart', async () => {
    const answer = await upload(trustFixtures.root + trustFixtures.namesake, pem);
    assert.deepEqual(
      items(answer).map(({ sha256 }) => sha256),
      [sha256Of(trustFixtures.root), sha256Of(trustFixtures.namesake)],
    );
    assert.equal(new Set((await list()).map(({ subject }) => subject)).size, 1);
    assert.equal((await list()).length, 2);
  });

  it('takes what it has already without a change', async () => {
    await upload(trustFixtures.root, pem);
    const before = await version();
    const again = await upload(bytesOf(trustFixtures.root), der);
    assert.equal(again.status, 200);
    assert.equal(await version(), before);
    assert.equal((await audit()).length, 1);
    const other = await upload(trustFixtures.root, pem, '?purpose=foreignCapf');
    assert.deepEqual([other.status, other.body['code']], [409, 'trust-certificate-has-other-purpose']);
    assert.equal((await list())[0]?.['purpose'], 'mic');
  });

  it('gives a certificate back, and gives it up', async () => {
    await upload(trustFixtures.root, pem);
    const id = sha256Of(trustFixtures.root);
    const path = `/v1/trust-certificates/${id}`;
    assert.equal((await api.call('GET', path)).body['sha256'], id);
    const text = await api.call('GET', `${path}/certificate`);
    assert.equal(text.headers['content-type'], pem);
    assert.deepEqual(new X509Certificate(text.bytes).raw, bytesOf(trustFixtures.root));
    const colons = new X509Certificate(trustFixtures.root).fingerprint256;
    const bytes = await api.call('GET', `/v1/trust-certificates/${colons}/certificate`, { headers: { accept: der } });
    assert.deepEqual(bytes.bytes, bytesOf(trustFixtures.root));
    const before = await version();
    assert.equal((await api.call('DELETE', path)).status, 204);
    assert.notEqual(await version(), before);
    assert.deepEqual(await readTrustAnchors(api.test.database), []);
    for (const method of ['GET', 'DELETE'] as const) {
      const gone = await api.call(method, path);
      assert.deepEqual([gone.status, gone.body['code']], [404, 'trust-certificate-unknown']);
    }
  });

  it('accepts expired certificates of an anchor when told so', async () => {
    await upload(trustFixtures.root, pem);
    const id = sha256Of(trustFixtures.root);
    const before = await version();
    const changed = await api.call('PATCH', `/v1/trust-certificates/${id}`, { body: { allowExpired: true } });
    assert.deepEqual([changed.status, changed.body['allowExpired']], [200, true]);
    assert.notEqual(await version(), before);
    assert.deepEqual(
      (await readTrustAnchors(api.test.database)).map(({ sha256, allowExpired }) => [sha256, allowExpired]),
      [[id, true]],
    );
    await upload(trustFixtures.root, pem);
    assert.equal((await list())[0]?.['allowExpired'], true);
    await upload(trustFixtures.root, pem, '?allowExpired=false');
    assert.equal((await list())[0]?.['allowExpired'], false);
    assert.equal(await version(), before);
    const unknown = await api.call('PATCH', `/v1/trust-certificates/${'0'.repeat(64)}`, {
      body: { allowExpired: true },
    });
    assert.equal(unknown.status, 404);
  });

  it('says who changed it, and from where', async () => {
    await upload(trustFixtures.root, pem);
    const subject = sha256Of(trustFixtures.root);
    await api.call('PATCH', `/v1/trust-certificates/${subject}`, { body: { allowExpired: true } });
    await api.call('PATCH', `/v1/trust-certificates/${subject}`, { body: { allowExpired: true } });
    await api.call('DELETE', `/v1/trust-certificates/${subject}`);
    const by = { actor: 'tester', outcome: 'done', subject, remote_address: '127.0.0.1' };
    assert.deepEqual(await audit(), [
      { ...by, action: 'trust.add' },
      { ...by, action: 'trust.change' },
      { ...by, action: 'trust.remove' },
    ]);
  });

  it('refuses what it cannot hold, changes nothing, and writes one entry into the audit', async () => {
    const leaf = await certificateFor(api.issuer, 'SEP001122334455');
    const own = toPem('CERTIFICATE', api.issuer.certificate.der);
    const refusals = [
      [Buffer.from('rubbish'), pem, '', 400, 'trust-upload-unreadable'],
      [Buffer.from([0x30, 0x03, 1, 2, 3]), der, '', 400, 'trust-upload-unreadable'],
      [Buffer.from(' '), pem, '', 400, 'trust-upload-empty'],
      [Buffer.from(''), pkcs7, '', 400, 'request-invalid'],
      [Buffer.alloc(1_100_000, 0x30), der, '', 413, 'request-too-large'],
      [Buffer.from(leaf), der, '', 422, 'trust-upload-not-a-ca'],
      [Buffer.from(trustFixtures.root + toPem('CERTIFICATE', leaf)), pem, '', 422, 'trust-upload-not-a-ca'],
      [Buffer.from(trustFixtures.namedAsCapf), pem, '?purpose=lscIssuer', 422, 'trust-name-reserved'],
      [Buffer.from(own), pem, '?purpose=foreignCapf', 422, 'trust-issuer-of-ours'],
      [Buffer.from(own), pem, '', 422, 'trust-issuer-of-ours'],
      [Buffer.from(trustFixtures.root), pem, '?purpose=tomcat', 400, 'request-invalid'],
      [Buffer.from('{}'), 'application/json', '', 415, 'content-type-unsupported'],
    ] as const;
    for (const [index, [payload, type, query, status, code]] of refusals.entries()) {
      const { status: met, body, headers } = await upload(payload, type, query);
      assert.deepEqual([met, body['code']], [status, code], JSON.stringify(body));
      assert.equal(headers['content-type'], 'application/problem+json');
      const entries = await audit();
      assert.equal(entries.length, index + 1, code);
      assert.deepEqual([entries.at(-1)?.['outcome'], entries.at(-1)?.['actor']], ['refused', 'tester']);
    }
    assert.deepEqual(await list(), []);
  });

  it('welcomes a name with "CAPF-" in it where no LSCs are to be signed', async () => {
    assert.equal((await upload(trustFixtures.namedAsCapf, pem, '?purpose=foreignCapf')).status, 201);
    assert.equal((await upload(trustFixtures.root, pem, '?purpose=lscIssuer')).status, 201);
  });

  it('does not give up what stands in a file, until the file is gone', async () => {
    const x509 = new X509Certificate(trustFixtures.root);
    const inFile = {
      der: x509.raw,
      sha256: sha256Of(trustFixtures.root),
      subject: 'CN=Manufacturing Root',
      issuer: 'CN=Manufacturing Root',
      notBefore: new Date(x509.validFrom),
      notAfter: new Date(x509.validTo),
      purpose: 'mic',
      fileName: 'root.pem',
    } as const;
    await syncTrustFiles(api.test.database, [inFile], []);
    const path = `/v1/trust-certificates/${inFile.sha256}`;
    const { body } = await api.call('GET', path);
    assert.deepEqual([body['source'], body['fileName'], body['createdBy']], ['file', 'root.pem', 'system']);
    const refused = await api.call('DELETE', path);
    assert.deepEqual([refused.status, refused.body['code']], [409, 'trust-certificate-is-file']);
    assert.equal((await list()).length, 1);
    await api.call('PATCH', path, { body: { allowExpired: true } });
    await syncTrustFiles(api.test.database, [], ['root.pem']);
    assert.equal((await list())[0]?.['allowExpired'], true);
    await syncTrustFiles(api.test.database, [], []);
    assert.deepEqual(await list(), []);

    await syncTrustFiles(api.test.database, [inFile], []);
    assert.equal((await upload(trustFixtures.root, pem)).status, 200);
    await syncTrustFiles(api.test.database, [], []);
    assert.deepEqual(
      (await list()).map(({ source, fileName }) => [source, fileName]),
      [['upload', null]],
    );
    assert.equal((await api.call('DELETE', path)).status, 204);
  });

  it('counts how often an anchor vouched for somebody', async () => {
    await upload(trustFixtures.chain, pkcs7);
    const faults: unknown[] = [];
    const uses = new TrustUses(api.test.database, (fault) => faults.push(fault));
    for (let time = 0; time < 3; time += 1) uses.count(sha256Of(trustFixtures.root));
    uses.count('0'.repeat(64));
    await uses.flush();
    uses.count(sha256Of(trustFixtures.root));
    await uses[Symbol.asyncDispose]();
    const counted = new Map((await list()).map((item) => [item['sha256'], item]));
    assert.equal(counted.get(sha256Of(trustFixtures.root))?.['useCount'], 4);
    assert.notEqual(counted.get(sha256Of(trustFixtures.root))?.['lastUsedAt'], null);
    assert.equal(counted.get(sha256Of(trustFixtures.namesake))?.['useCount'], 0);
    assert.deepEqual(faults, []);
  });

  it('takes one of two uploads of the same certificate at once', async () => {
    const answers = await Promise.all([upload(trustFixtures.root, pem), upload(trustFixtures.root, pem)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
    assert.equal((await list()).length, 1);
  });
});
