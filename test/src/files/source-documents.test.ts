import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EnrollHooks } from '@opencapf/phone';
import {
  certificateMd5,
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  loadIssuer,
  randomSerial,
  readCertificate,
  sha256Hex,
} from '@opencapf/pki';
import { addTrustCertificates, fileLeaseMs, listFetches, putConfiguration, putDevice } from '@opencapf/store';
import { tftpDownload } from '@opencapf/tftp/testing';
import { Administrator, administratorSettings } from '../support/administrator.js';
import { AnotherNode } from '../support/another-node.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { Enrolments, makeKey } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { changesAreKnown, element, FileFetcher, fileSettings } from '../support/phone-files.js';

const name = 'SEPA45630BBFA40';
const author = { name: 'test' };
const full = `<?xml version="1.0" encoding="UTF-8"?>
<device>
  <fullConfig>true</fullConfig>
  <deviceProtocol>SIP</deviceProtocol>
  <ipAddressMode>0</ipAddressMode>
  <loadInformation>SIP75.9-3-1SR2-1S</loadInformation>
  <deviceSecurityMode>1</deviceSecurityMode>
  <capfAuthMode>0</capfAuthMode>
  <capfList><capf><phonePort>3804</phonePort><processNodeName>10.48.46.4</processNodeName></capf></capfList>
  <certHash></certHash>
  <encrConfig>true</encrConfig>
  <sshUserId>admin</sshUserId>
  <sshPassword>planted-ssh-password</sshPassword>
</device>
`;

describe("the source documents' story", () => {
  let service: Enrolments;
  let files: FileFetcher;
  before(async () => {
    service = await Enrolments.start({
      ...{ ...fileSettings, ...administratorSettings, OPENCAPF_CAPF_SERVERS: '10.48.46.4:3804' },
    });
    files = new FileFetcher(service.at.filesPort, name);
  });
  after(async () => await service[Symbol.asyncDispose]());

  const configured = async (device: string): Promise<void> => {
    const { database } = service.test;
    await putDevice(database, device, 'phone', { encryptedConfiguration: true }, author);
    const put = await putConfiguration(database, service.secretKey, device, { xml: Buffer.from(full) }, author);
    assert.equal(put, 'created');
  };
  const onRecord = async (device: string) =>
    await service.rows<{ md5hash: string | null; name: string }>(
      `select md5hash,name from device where name='${device}'`,
    );

  it('goes from an empty certHash by CAPF to an encrypted configuration, for an RSA LSC', async () => {
    await configured(name);
    await service.queueInstall(name);
    const list = await files.trustList();
    assert.deepEqual(
      new Set(list.records.map(({ role }) => role)),
      new Set(['SAST', 'TFTP', 'CAPF']),
      'the phone knows CAPF by its trust list',
    );
    const partial = await files.signed();
    assert.equal(element(partial, 'certHash'), '');
    assert.equal(element(partial, 'capfAuthMode'), '2');
    assert.equal(element(partial, 'processNodeName'), '10.48.46.4');
    assert.equal(element(partial, 'fullConfig'), 'false');
    assert.doesNotMatch(partial, /planted/);
    assert.equal(await files.get(`${name}.cnf.xml.enc.sgn`), undefined, 'there is nobody to encrypt for yet');
    assert.equal(await files.get(`${name}.cnf.xml`), undefined, 'no plain file goes out');
    assert.deepEqual(await onRecord(name), [{ md5hash: null, name }]);

    const { identity } = await service.enroll(name);
    const lsc = identity.lsc ?? assert.fail('no LSC');
    const md5hash = certificateMd5(lsc.certificate);
    assert.deepEqual(await onRecord(name), [{ md5hash, name }]);
    const next = await files.signed();
    assert.equal(element(next, 'certHash'), md5hash);
    assert.equal(element(next, 'capfAuthMode'), '0');
    const expected = full.replace('<certHash></certHash>', `<certHash>${md5hash}</certHash>`);
    assert.equal(await files.encrypted(lsc.key.privateKey), expected);
    const fetched = await eventually(
      async () => await listFetches(service.test.database, name),
      (seen) => seen.length === 3 && seen.every(({ outdated }) => !outdated),
    );
    assert.deepEqual(
      fetched.map(({ file }) => file),
      ['configuration', 'itl', 'partial'],
    );
  });

  describe('on two nodes', () => {
    let proxy: DatabaseProxy;
    let other: AnotherNode;
    before(async () => {
      proxy = await DatabaseProxy.start(service.test.url);
      other = await AnotherNode.start(service, 'other', { DATABASE_URL: proxy.url });
    });
    after(async () => {
      await other[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });

    it('has what an administrator changed by a node in the next request there, also where announcements come late', async () => {
      const device = 'SEPA45630BBFA45';
      await configured(device);
      await using administrator = new Administrator(other.at);
      proxy.delayAnnouncements(8);
      const elsewhere = new FileFetcher(other.at.filesPort, device, 'hasty');
      const stop = keepAsking(elsewhere, `${device}.cnf.xml.sgn`);
      for (let n = 0; n < 40; n += 1) {
        const encryptedConfiguration = n % 2 === 1;
        await administrator.call('PUT', `/v1/devices/${device}`, { encryptedConfiguration });
        assert.equal(element(await elsewhere.signed(), 'encrConfig'), String(encryptedConfiguration), `change ${n}`);
      }
      await stop();
    });

    it('has the new hash in the next request after an LSC upgrade, on each and by TFTP, also where announcements come late or never', async () => {
      const elsewhere = new FileFetcher(other.at.filesPort, name, 'hasty');
      const here = new FileFetcher(service.at.filesPort, name, 'hasty');
      const hashOn = async (node: FileFetcher) => element(await node.signed(), 'certHash');
      assert.equal(await hashOn(elsewhere), await hashOn(here));
      assert.deepEqual(
        (await elsewhere.trustList()).signer.certificate.der,
        (await here.trustList()).signer.certificate.der,
      );
      for (const lateMs of [0, 10, 10, 10, 10, 10, Number.POSITIVE_INFINITY]) {
        proxy.delayAnnouncements(lateMs);
        await service.queueInstall(name);
        await changesAreKnown();
        const mode = element(await elsewhere.signed(), 'capfAuthMode');
        assert.equal(mode, '2', 'the phone is sent to CAPF');
        const stop = keepAsking(elsewhere, `${name}.cnf.xml.sgn`);
        const { identity } = await service.enroll(name);
        const next = await elsewhere.signed();
        const byTftp = await tftpDownload({ port: other.at.tftpPort, name: `${name}.cnf.xml.sgn` });
        await stop();
        const lsc = identity.lsc ?? assert.fail('no LSC');
        const md5hash = certificateMd5(lsc.certificate);
        assert.equal(element(next, 'certHash'), md5hash, `announcements come ${lateMs} ms late`);
        assert.match('bytes' in byTftp ? byTftp.bytes.toString('latin1') : '', new RegExp(`<certHash>${md5hash}<`));
        for (const node of [elsewhere, here]) {
          assert.equal(await hashOn(node), md5hash);
          assert.equal(element((await node.encrypted(lsc.key.privateKey)) ?? '', 'certHash'), md5hash);
        }
      }
      const byTftp = await tftpDownload({ port: other.at.tftpPort, name: `${name}.cnf.xml.sgn` });
      assert.ok('bytes' in byTftp);
      assert.deepEqual(byTftp.bytes, await elsewhere.get(`${name}.cnf.xml.sgn`));
    });
  });

  it('is told the end of each session when no node can give a file of before it any more', async () => {
    const waited: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      await service.queueInstall(name);
      let stored = 0;
      const send: EnrollHooks['send'] = (message) => {
        if (message.command === 'StoreCertificateResponse') stored = performance.now();
        return message;
      };
      await service.enroll(name, { makeKey, send });
      waited.push(performance.now() - stored);
    }
    assert.ok(Math.min(...waited) >= fileLeaseMs, String(waited));
  });

  it('goes the same way for an RSA MIC, which the phone comes to show', async () => {
    const device = 'SEPA45630BBFA41';
    await configured(device);
    const maker = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
    const factory = loadIssuer(
      await createCapfCertificate(maker, { organization: 'Works' }, new Date(Date.now() - 2 * 86_400_000)),
      maker,
    );
    const { der, subject, issuer, notBefore, notAfter } = factory.certificate;
    const anchor = { der, sha256: sha256Hex(der), subject, issuer, notBefore, notAfter };
    await addTrustCertificates(service.test.database, [anchor], 'mic', false, author);
    const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
    const profile = compileLscProfile(factory);
    const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
    const tbs = profile.encodeTbs({
      deviceName: `CP-8841-${device}`,
      spki: key.spki,
      serial: randomSerial(randomBytes),
      ...dates,
    });
    const certificate = profile.assemble(tbs, await maker.sign(tbs));
    assert.equal(readCertificate(certificate).subject.includes(device), true);

    const ofDevice = new FileFetcher(service.at.filesPort, device);
    assert.equal(element(await ofDevice.signed(), 'certHash'), '');
    const md5hash = certificateMd5(certificate);
    await eventually(
      async () => {
        // Asked without a type, a phone without an LSC shows its MIC. The trust store is read anew every few seconds.
        await service.enroll(device, { makeKey }, undefined, undefined, { lsc: { certificate, key } });
        return await onRecord(device);
      },
      ([row]) => row?.md5hash === md5hash,
    );
    await eventually(
      async () => await ofDevice.signed(),
      (xml) => element(xml, 'certHash') === md5hash,
    );
    const opened = await ofDevice.encrypted(key.privateKey);
    assert.equal(opened, full.replace('<certHash></certHash>', `<certHash>${md5hash}</certHash>`));
  });

  it('ends in a refusal with its reason for an EC LSC: no layout of a file for an EC key is known', async () => {
    const device = 'SEPA45630BBFA42';
    await configured(device);
    await service.queueInstall(device, undefined, undefined, 'ecOnly');
    const made = await service.enroll(device, { makeKey: async (type) => await generateKeyPair(type) });
    assert.ok(made.identity.lsc, 'no LSC');
    const ofDevice = new FileFetcher(service.at.filesPort, device);
    await eventually(
      async () => element(await ofDevice.signed(), 'certHash'),
      (hash) => hash === certificateMd5(made.identity.lsc?.certificate ?? new Uint8Array()),
    );
    assert.equal(await ofDevice.get(`${device}.cnf.xml.enc.sgn`), undefined);
    assert.match(service.service.err, /"code":"file-phone-key-not-rsa"[^\n]*SEPA45630BBFA42\.cnf\.xml\.enc\.sgn/);
  });

  it('leaves no encrypted copy behind when encryption is switched off, and no plain one when it is on', async () => {
    await putDevice(service.test.database, name, 'phone', { encryptedConfiguration: false }, author);
    await eventually(
      async () => await files.get(`${name}.cnf.xml.enc.sgn`),
      (file) => file === undefined,
    );
    assert.match(await files.signed(), /<encrConfig>false<[\s\S]*planted-ssh-password/);
    assert.match((await files.get(`${name}.cnf.xml`))?.toString() ?? '', /planted-ssh-password/);
    await putDevice(service.test.database, name, 'phone', { encryptedConfiguration: true }, author);
    await eventually(
      async () => await files.get(`${name}.cnf.xml`),
      (file) => file === undefined,
    );
    assert.doesNotMatch(await files.signed(), /planted/);
    assert.doesNotMatch(service.service.err, /planted/);
  });
});

/** Has a file asked for all the time, so that what the node gives is as old as it may ever be. @returns ends it */
function keepAsking(node: FileFetcher, file: string): () => Promise<void> {
  let ends = false;
  const asking = (async () => {
    while (!ends) await node.get(file);
  })();
  return async () => {
    ends = true;
    await asking;
  };
}
