import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  createCapfCertificate,
  createServerCertificate,
  createSigner,
  exportPkcs8Pem,
  generateKeyPair,
  importPkcs8,
  readCertificate,
  toPem,
} from '@opencapf/pki';
import { readFileSigner } from '@opencapf/store';
import {
  configurationSigners,
  createFileSigner,
  ensurePhoneFiles,
  fileSigner,
  inspectTrustList,
  longestTrustList,
  makeFileSigner,
  readTrustList,
  type TrustList,
  trustListSigners,
  writeTrustList,
} from '@opencapf/tftp';
import { readServiceWarnings } from '../service-warnings.js';
import { type Answer, type Body, certificateFor, foreignIssuer, TestApi } from '../testing/api.js';
import { trustFixtures } from '../testing/trust-fixtures.js';

const format = { layout: 'usecallmanager', hash: 'sha1' } as const;

describe("phones' trust lists over REST", () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Body): Promise<Answer> =>
    await api.call(method, `/v1/trust-list${path}`, body === undefined ? {} : { body });
  const ok = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Body): Promise<Answer> => {
    const answer = await call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const refused = async (answer: Promise<Answer>, status: number, code: string): Promise<void> => {
    const { status: got, body } = await answer;
    assert.deepEqual([got, body['code']], [status, code]);
  };
  const items = ({ body }: Answer): readonly Body[] => body['items'] as readonly Body[];
  const served = async (): Promise<Buffer> => (await ok('GET', '/itl/file')).bytes;
  /** What a phone that holds a list makes of the one that is served. */
  const fetch = async (held?: TrustList): Promise<TrustList> =>
    readTrustList(await served(), { kind: 'itl', known: held === undefined ? 'first-list' : trustListSigners(held) });
  const roles = ({ records }: TrustList) =>
    records.map(({ role, certificate }) => `${role} ${certificate?.commonName?.replace(/-[0-9a-f]{8}$/, '')}`);
  const capfCertificates = (list: TrustList): number => roles(list).filter((role) => role.startsWith('CAPF ')).length;
  const noteFetch = async (device: string): Promise<void> => {
    const lists = (await ok('GET', '')).body['lists'] as readonly Body[];
    await api.sql.run(
      `insert into opencapf_private.file_fetch (device_name, file, version, fetched_at) values ($1, 'itl', $2, now())
       on conflict (device_name, file) do update set version = excluded.version`,
      [device, lists.find(({ kind }) => kind === 'itl')?.['version']],
    );
  };
  let first: TrustList;
  let phone: string;

  it('are none before a node has served files', async () => {
    await refused(call('GET', '/itl/file'), 404, 'trust-list-none');
    const { paths } = (await api.call('GET', '/openapi.json')).body as { paths: Record<string, Body> };
    const rsa = await generateKeyPair({ kind: 'rsa', size: 2048 });
    const own = toPem('CERTIFICATE', await createCapfCertificate(createSigner(rsa), {}, TestApi.now));
    const keyFile = Buffer.from(`${own}${exportPkcs8Pem(rsa.privateKey)}`).toString('base64');
    for (const [method, path, body] of [
      ['POST', '/signers/sast/stage', undefined],
      ['POST', '/recovery/export', { passphrase: 'kept in a safe' }],
      ['DELETE', '/recovery/key', undefined],
      ['POST', '/recovery/replace', undefined],
      ['POST', '/recovery/begin', { keyFile }],
      ['PUT', '/release', { certificate: own }],
    ] as const) {
      await refused(call(method, path, body), 404, 'trust-list-none');
      const described = paths[`/v1/trust-list${path.replace('/sast/', '/{purpose}/')}`]?.[method.toLowerCase()];
      assert.ok((described as { responses: Body }).responses['404'], `${method} ${path}`);
    }
    const empty = (await ok('GET', '')).body;
    assert.deepEqual([empty['lists'], empty['records'], empty['warnings']], [[], [], []]);
    const phonesCannotRead = { role: 'CCM', certificate: trustFixtures.ed25519 };
    await refused(call('POST', '/entries', phonesCannotRead), 422, 'trust-record-key-unsupported');
    assert.deepEqual(items(await ok('GET', '/entries')), []);
    for (let start = 0; start < 2; start += 1) {
      await ensurePhoneFiles(api.test.database, api.secretKey, format, {}, TestApi.now);
      assert.equal(items(await ok('GET', '/signers')).length, 3);
    }
  });

  it('hold two SAST records from the first one on, the signer of configuration files and the CAPF certificate', async () => {
    first = await fetch();
    assert.deepEqual(roles(first), ['SAST SAST', 'SAST SAST-Recovery', 'TFTP TFTP', 'CAPF CAPF']);
    const [recovery] = items(await ok('GET', '/signers')).filter(({ purpose }) => purpose === 'recovery');
    const years = new Date(String(recovery?.['notAfter'])).getUTCFullYear() - TestApi.now.getUTCFullYear();
    assert.equal(years, 20);
    const signer = await fileSigner(api.test.database, api.secretKey, 'tftp');
    assert.deepEqual(
      configurationSigners(first).map(({ serialNumber }) => serialNumber),
      [signer?.certificate.serial],
    );
    await refused(call('GET', '/ctl/file'), 404, 'trust-list-none');
  });

  it('hold what is put on record, until it is taken off', async () => {
    const certificate = toPem('CERTIFICATE', await certificateFor(await foreignIssuer(), 'CUCM'));
    const added = await ok('POST', '/entries', { role: 'CCM', certificate, dnsName: 'cucm.example' });
    assert.equal(added.status, 201);
    await refused(call('POST', '/entries', { role: 'CCM', certificate }), 409, 'trust-list-entry-known');
    await refused(call('POST', '/entries', { role: 'SAST', certificate }), 400, 'request-invalid');
    await refused(call('POST', '/entries', { role: 'CCM', certificate: 'no certificate' }), 400, 'request-invalid');
    assert.deepEqual(roles(await fetch(first)).at(-1), 'CCM CUCM');
    assert.equal(items(await ok('GET', '/entries')).length, 1);
    await ok('DELETE', `/entries/${String(added.body['id'])}`);
    await refused(call('DELETE', '/entries/1000'), 404, 'trust-list-entry-unknown');
    assert.deepEqual(roles(await fetch(first)), roles(first));
  });

  it('show a certificate on record that cannot be read, so that it can be taken off', async () => {
    const before = await served();
    await api.sql.run(
      `insert into opencapf_private.trust_list_entry (role, certificate, dns_name, created_by) values ('CCM', 'none', '', 'test')`,
    );
    const [entry, ...others] = items(await ok('GET', '/entries'));
    assert.deepEqual([entry?.['subject'], entry?.['notAfter'], others], [null, null, []]);
    const { body } = await ok('GET', '');
    assert.deepEqual(body['records'], []);
    assert.match(JSON.stringify(body['warnings']), /trust-list-unwritable/);
    assert.deepEqual(await served(), before);
    await ok('DELETE', `/entries/${String(entry?.['id'])}`);
    assert.deepEqual(roles(await fetch(first)), roles(first));
  });

  it('hold a CAPF certificate as soon as it is staged', async () => {
    const staged = await api.call('POST', '/v1/capf-certificates', { body: {} });
    assert.deepEqual(roles(await fetch(first)), [
      'SAST SAST',
      'SAST SAST-Recovery',
      'TFTP TFTP',
      'CAPF CAPF',
      'CAPF CAPF',
    ]);
    const { id } = staged.body['capfCertificate'] as { readonly id: number };
    await api.call('DELETE', `/v1/capf-certificates/${id}`);
    await ensurePhoneFiles(api.test.database, api.secretKey, format, {}, TestApi.now);
  });

  it('change their signer without losing a phone: both are in the list that the old one signs', async () => {
    phone = await api.addDevice();
    await noteFetch(phone);
    await ok('POST', '/signers/sast/stage');
    await refused(call('POST', '/signers/sast/stage'), 409, 'file-signer-staged');
    const between = await fetch(first);
    assert.deepEqual(roles(between).slice(0, 2), ['SAST SAST', 'SAST SAST']);
    const early = await call('POST', '/signers/sast/switch', {});
    assert.equal(early.body['code'], 'trust-list-not-fetched');
    assert.match(String(early.body['detail']), new RegExp(`1 of 1: ${phone}`));
    const [waiting] = items(await ok('GET', '/signers'));
    assert.deepEqual((waiting?.['fetches'] as Body)['waitingDevices'], [phone]);
    await noteFetch(phone);
    await ok('POST', '/signers/sast/switch', {});
    const last = await fetch(between);
    assert.deepEqual(roles(last).slice(0, 2), ['SAST SAST', 'SAST SAST-Recovery']);
    await assert.rejects(fetch(first), { code: 'file-signer-unknown' });
    first = last;
  });

  it('hold the activation of a CAPF certificate back until devices have fetched it', async () => {
    const staged = await api.call('POST', '/v1/capf-certificates', { body: {} });
    const { id } = staged.body['capfCertificate'] as { readonly id: number };
    const activate = async (body: Body) => await api.call('POST', `/v1/capf-certificates/${id}/activate`, { body });
    await refused(activate({ confirmed: true }), 409, 'trust-list-not-fetched');
    await noteFetch(phone);
    const other = await api.addDevice();
    await refused(activate({}), 409, 'activation-unconfirmed');
    await api.sql.run('delete from opencapf_private.device where name = $1', [other]);
    assert.equal((await activate({})).body['state'], 'active');
    const next = await api.call('POST', '/v1/capf-certificates', { body: {} });
    const { id: nextId } = next.body['capfCertificate'] as { readonly id: number };
    const forced = await api.call('POST', `/v1/capf-certificates/${nextId}/activate`, {
      body: { confirmed: true, override: true },
    });
    assert.equal(forced.body['state'], 'active');
    await ensurePhoneFiles(api.test.database, api.secretKey, format, {}, TestApi.now);
    first = await fetch(first);
    // Some node may still show the one before.
    assert.equal(capfCertificates(first), 3);
    await api.sql.run(
      "update opencapf_private.capf_identity set retired_at = now() - interval '30 s' where state = 'retired'",
    );
    await ensurePhoneFiles(api.test.database, api.secretKey, format, {}, TestApi.now);
    first = await fetch(first);
    assert.equal(capfCertificates(first), 1);
  });

  it('give the recovery key out once, encrypted, and can be signed with it when the signer is lost', async () => {
    await refused(call('DELETE', '/recovery/key'), 409, 'recovery-key-not-exported');
    // Encrypted with such a one it would never open again.
    await refused(call('POST', '/recovery/export', { passphrase: 'é'.repeat(600) }), 400, 'request-invalid');
    const exported = (await ok('POST', '/recovery/export', { passphrase: 'kept in a safe' })).body;
    assert.match(String(exported['privateKey']), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    await refused(call('POST', '/recovery/export', { passphrase: 'kept in a safe' }), 409, 'recovery-key-exported');
    await ok('DELETE', '/recovery/key');
    await refused(call('DELETE', '/recovery/key'), 409, 'recovery-key-elsewhere');
    const keyFile = Buffer.from(`${exported['certificate']}${exported['privateKey']}`).toString('base64');
    await refused(call('POST', '/recovery/begin', { keyFile, passphrase: 'wrong' }), 422, 'key-file-passphrase-wrong');

    await using another = await TestApi.start();
    await ensurePhoneFiles(another.test.database, another.secretKey, format, {}, TestApi.now);
    const lost = await another.call('GET', '/v1/trust-list/itl/file');
    assert.throws(() => readTrustList(lost.bytes, { kind: 'itl', known: trustListSigners(first) }), {
      code: 'file-signer-unknown',
    });
    const beginThere = async (body: Body): Promise<Answer> =>
      await another.call('POST', '/v1/trust-list/recovery/begin', { body });
    const signerBefore = (await another.call('GET', '/v1/trust-list/signers')).body;
    await refused(beginThere({ keyFile, passphrase: 'kept in a safe' }), 409, 'recovery-certificate-unlisted');
    const micKey = await generateKeyPair({ kind: 'rsa', size: 2048 });
    const mic = await createServerCertificate(await foreignIssuer(), {
      commonName: 'SEP001122334455',
      dnsNames: [],
      ipAddresses: ['127.0.0.1'],
      spki: micKey.spki,
      validityDays: 100,
      now: TestApi.now,
    });
    const micFile = Buffer.from(`${toPem('CERTIFICATE', mic)}${exportPkcs8Pem(micKey.privateKey)}`).toString('base64');
    await refused(beginThere({ keyFile: micFile, override: true }), 422, 'recovery-certificate-not-self-signed');
    assert.deepEqual((await another.call('GET', '/v1/trust-list/signers')).body, signerBefore);
    const begun = await beginThere({ keyFile, passphrase: 'kept in a safe', override: true });
    assert.equal(begun.status, 200, JSON.stringify(begun.body));
    const rescued = await another.call('GET', '/v1/trust-list/itl/file');
    const held = readTrustList(rescued.bytes, { kind: 'itl', known: trustListSigners(first) });
    assert.deepEqual(roles(held).slice(0, 2), ['SAST SAST-Recovery', 'SAST SAST']);
    const endThere = async (body: Body): Promise<Answer> =>
      await another.call('POST', '/v1/trust-list/recovery/end', { body });
    await refused(endThere({}), 409, 'recovery-belief-unknown');
    const ended = await endThere({ override: true });
    assert.equal(ended.status, 200, JSON.stringify(ended.body));
    const normal = await another.call('GET', '/v1/trust-list/itl/file');
    readTrustList(normal.bytes, { kind: 'itl', known: trustListSigners(held) });
    const audited = await api.sql.run(
      "select actor from opencapf_private.audit_entry where action in ('file-signer.export', 'file-signer.remove-key')",
    );
    assert.deepEqual(
      audited.map(({ actor }) => actor),
      ['tester', 'tester'],
    );
    const said = JSON.stringify(await api.sql.run('select detail from opencapf_private.audit_entry'));
    assert.ok(!said.includes('kept in a safe') && !said.includes('PRIVATE KEY'));
  });

  it('release phones to another cluster by holding the certificate that signs its lists', async () => {
    await refused(call('PUT', '/release', {}), 409, 'trust-list-empty-undescribed');
    const ec = toPem('CERTIFICATE', await certificateFor(await foreignIssuer(), 'EC'));
    await refused(call('PUT', '/release', { certificate: ec }), 422, 'file-signer-not-rsa');
    const selfSigned = async (size: 2048 | 4096, at: Date): Promise<string> => {
      const key = await generateKeyPair({ kind: 'rsa', size });
      return toPem('CERTIFICATE', await createCapfCertificate(createSigner(key), {}, at));
    };
    const long = await selfSigned(4096, TestApi.now);
    await refused(call('PUT', '/release', { certificate: long }), 422, 'file-signer-size-unsupported');
    const expired = await selfSigned(2048, new Date('1990-01-01T00:00:00Z'));
    await refused(call('PUT', '/release', { certificate: expired }), 422, 'trust-list-release-expired');
    const own = await api.sql.run(
      `select certificate from opencapf_private.file_signer where state <> 'retired'
       union all select certificate from opencapf_private.capf_identity`,
    );
    assert.ok(own.length > 3);
    for (const { certificate } of own) {
      const ours = toPem('CERTIFICATE', certificate as Buffer);
      await refused(call('PUT', '/release', { certificate: ours }), 422, 'trust-list-release-to-own');
    }
    const ourSigner = await readFileSigner(api.test.database.queries, api.secretKey, 'sast');
    assert.ok(ourSigner);
    const again = await createCapfCertificate(createSigner(importPkcs8(ourSigner.privateKey)), {}, TestApi.now);
    assert.notDeepEqual(Buffer.from(again), ourSigner.certificate);
    const ofOurKey = toPem('CERTIFICATE', again);
    await refused(call('PUT', '/release', { certificate: ofOurKey }), 422, 'trust-list-release-to-own');
    const other = await makeFileSigner('sast', {}, TestApi.now);
    const released = await ok('PUT', '/release', { certificate: toPem('CERTIFICATE', other.certificate) });
    assert.equal((released.body['releasedTo'] as Body)['subject'], readCertificate(other.certificate).subject);
    const [audited] = await api.sql.run(
      "select detail from opencapf_private.audit_entry where action = 'trust-list.release'",
    );
    assert.deepEqual(audited?.['detail'], released.body['releasedTo']);
    const held = await fetch(first);
    assert.deepEqual(roles(held), ['SAST SAST', 'SAST SAST']);
    const signer = createFileSigner(readCertificate(other.certificate), importPkcs8(Buffer.from(other.privateKey)));
    const theirs = await writeTrustList('itl', [{ role: 'SAST', certificate: signer.certificate }], {
      signer,
      hash: 'sha1',
      at: TestApi.now,
    });
    readTrustList(theirs, { kind: 'itl', known: trustListSigners(held) });
    await ok('DELETE', '/release');
    await refused(call('DELETE', '/release'), 409, 'trust-list-not-released');
  });

  it('are refused when they grow beyond what phones load, and warned of before', async () => {
    const issuer = await foreignIssuer();
    const certificate = toPem('CERTIFICATE', await certificateFor(issuer, 'one more'));
    const add = async (role: string): Promise<Answer> => await call('POST', '/entries', { role, certificate });
    // Each record is longer than its certificate.
    let bytes = 0;
    const growTo = async (size: number): Promise<void> => {
      for (let n = 0; bytes < size; n += 1) {
        const der = Buffer.from(await certificateFor(issuer, `server ${bytes} ${n} ${'x'.repeat(40)}`));
        bytes += der.length + 300;
        await api.sql.run(
          "insert into opencapf_private.trust_list_entry (role, certificate, created_by) values ('TVS', $1, 'test')",
          [der],
        );
      }
    };
    await growTo(50_000);
    assert.equal((await add('TVS')).status, 201);
    const list = inspectTrustList(await served());
    assert.ok(list.verdict.isBelieved && list.bytes > longestTrustList * 0.8, String(list.bytes));
    const warnings = (await ok('GET', '')).body['warnings'] as readonly Body[];
    assert.ok(warnings.some(({ code }) => code === 'trust-list-near-limit'));
    await growTo(70_000);
    await refused(add('CCM'), 409, 'trust-list-too-long');
    assert.deepEqual(inspectTrustList(await served()).bytes, list.bytes);
    const outdated = (await ok('GET', '')).body['warnings'] as readonly Body[];
    assert.ok(outdated.some(({ code }) => code === 'trust-list-unwritable'));
    const signersBefore = (await ok('GET', '/signers')).body;
    for (const purpose of ['tftp', 'sast']) {
      await refused(call('POST', `/signers/${purpose}/stage`), 409, 'trust-list-too-long');
    }
    await refused(call('POST', '/recovery/replace'), 409, 'trust-list-too-long');
    await refused(api.call('POST', '/v1/capf-certificates', { body: {} }), 409, 'trust-list-too-long');
    assert.deepEqual((await ok('GET', '/signers')).body, signersBefore);
    // Not what makes it shorter, though it is too long all the same.
    const [entry] = items(await ok('GET', '/entries'));
    assert.equal((await call('DELETE', `/entries/${String(entry?.['id'])}`)).status, 204);
    const { database } = api.test;
    const warned = await readServiceWarnings({
      database,
      secretKey: api.secretKey,
      lscValidityDays: 365,
      phoneFiles: format,
      now: () => new Date('2046-10-01T00:00:00Z'),
    });
    const codes = new Set(warned.map(({ code }) => code));
    for (const code of [
      'trust-list-near-limit',
      'trust-list-unwritable',
      'trust-list-certificate-expires-soon',
    ] as const) {
      assert.ok(codes.has(code), code);
    }
    const metrics = String((await api.call('GET', '/metrics')).body['text']);
    assert.match(metrics, /^opencapf_trust_list_outdated 1$/m);
    assert.match(metrics, new RegExp(`opencapf_trust_list_bytes\\{kind="itl"\\} ${list.bytes}`));
    assert.match(metrics, /opencapf_file_signer_end_timestamp_seconds\{purpose="recovery",state="active"\} \d+/);
    await api.sql.run('delete from opencapf_private.trust_list_entry');
  });

  it('are not built anew by a node that is set to write them in another way, until it starts', async () => {
    const { database } = api.test;
    const other = { layout: 'cisco', hash: 'sha512' } as const;
    await ensurePhoneFiles(database, api.secretKey, format, {}, TestApi.now, 'start');
    const kept = await served();
    await ensurePhoneFiles(database, api.secretKey, other, {}, TestApi.now);
    await ensurePhoneFiles(database, api.secretKey, format, {}, TestApi.now);
    assert.deepEqual(await served(), kept);
    await ensurePhoneFiles(database, api.secretKey, other, {}, TestApi.now, 'start');
    assert.equal(inspectTrustList(await served()).claimedHeader.hash, 'sha512');
    const warnings = (await ok('GET', '')).body['warnings'] as readonly Body[];
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['trust-list-format-other'],
    );
    await ensurePhoneFiles(database, api.secretKey, format, {}, TestApi.now, 'start');
    assert.equal(inspectTrustList(await served()).claimedHeader.hash, 'sha1');
    assert.ok(before.length > 0 && kept.length > 0);
  });

  it('serve a CTL of the same certificates when switched on', async () => {
    await ok('PUT', '/ctl', { serves: true });
    const ctl = readTrustList((await ok('GET', '/ctl/file')).bytes, { kind: 'ctl', known: trustListSigners(first) });
    assert.deepEqual(roles(ctl), roles(await fetch(first)));
    await ok('PUT', '/ctl', { serves: false });
    await refused(call('GET', '/ctl/file'), 404, 'trust-list-none');
  });

  it('are changed by administrators alone', async () => {
    const { body } = await api.call('POST', '/v1/tokens', { body: { name: 'op', role: 'operator' } });
    const token = String(body['token']);
    const status = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, sent?: Body): Promise<number> =>
      (await api.call(method, `/v1/trust-list${path}`, { token, ...(sent === undefined ? {} : { body: sent }) }))
        .status;
    assert.equal(await status('GET', ''), 200);
    assert.equal(await status('GET', '/signers'), 200);
    for (const [method, path] of [
      ['POST', '/signers/tftp/stage'],
      ['POST', '/recovery/export'],
      ['DELETE', '/recovery/key'],
      ['POST', '/recovery/replace'],
      ['DELETE', '/release'],
      ['DELETE', '/entries/1'],
    ] as const) {
      assert.equal(await status(method, path), 403, `${method} ${path}`);
    }
  });
});
