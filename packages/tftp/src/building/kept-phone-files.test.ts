import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256Hex } from '@opencapf/pki';
import { knownSigner, readSignedFile } from '../readers/index.js';
import { sampleCertificate, sampleSigner } from '../samples.test.support.js';
import { CacheLease } from './cache-lease.js';
import { content, decrypted, name, site, wholeOf, withCertificate } from './phone-files.test.support.js';

describe("a phone's files that are kept", () => {
  it('are kept until the device changes, and built with a new key each time', async () => {
    const { bytes, change, asked } = site(withCertificate);
    const encrypted = `${name}.cnf.xml.enc.sgn`;
    const [first, ...others] = await Promise.all([bytes(encrypted), bytes(encrypted), bytes(encrypted)]);
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(asked(), 1);
    change({});
    const next = await bytes(encrypted);
    assert.notDeepEqual(next, first);
    assert.equal(decrypted(next), decrypted(first ?? next));
    change({ encrypted: false });
    assert.match(content(await bytes(`${name}.cnf.xml.sgn`)), /<fullConfig>true</);
    change({ encrypted: true, certificate: null, md5hash: null });
    assert.match(content(await bytes(`${name}.cnf.xml.sgn`)), /<certHash><\/certHash>/);
  });

  it('are never what was asked of the store before the device changed, also when they were being built', async () => {
    const { change, bytes, asked } = site({ encrypted: true });
    const before = bytes(`${name}.cnf.xml.sgn`);
    change(withCertificate);
    const after = bytes(`${name}.cnf.xml.sgn`);
    assert.match(content(await before), /<certHash><\/certHash>/);
    assert.match(content(await after), /<certHash>975ede487894d9cf82c2ec68a452bade</);
    assert.equal(asked(), 2);
    change({ name: 'SEP000000000001' });
    await assert.rejects(bytes(`${name}.cnf.xml.sgn`), /is not there/);
  });

  it('are signed anew when the signer has changed and not when a trust list has, with a key that is opened once until then', async () => {
    let active = 'CallManager';
    const { bytes, change, lists, asked, opened } = site({}, undefined, async () => sampleSigner(active));
    await bytes(`${name}.cnf.xml.sgn`);
    change({});
    await bytes(`${name}.cnf.xml.sgn`);
    assert.deepEqual([asked(), opened()], [2, 1]);
    assert.equal((await bytes('ITLFile.tlv')).toString(), 'list v1');
    lists.itl = 'v2';
    assert.equal((await bytes('ITLFile.tlv')).toString(), 'list v2');
    await bytes(`${name}.cnf.xml.sgn`);
    assert.deepEqual([asked(), opened()], [2, 1]);
    active = 'SAST';
    change({ state: '11', signer: sha256Hex(sampleCertificate('SAST').der) });
    const signed = await bytes(`${name}.cnf.xml.sgn`);
    const by = [knownSigner(sampleCertificate('SAST'))];
    readSignedFile(signed, { fileName: `${name}.cnf.xml.sgn`, signers: by });
    assert.deepEqual([asked(), opened()], [3, 2]);
  });

  it('are not given, and kept for later, while the store does not answer', async () => {
    const { bytes, asked, fail } = site();
    const first = await bytes(`${name}.cnf.xml.sgn`);
    fail(new Error('away'));
    await assert.rejects(bytes(`${name}.cnf.xml.sgn`), /away/);
    fail(undefined);
    assert.deepEqual([await bytes(`${name}.cnf.xml.sgn`), asked()], [first, 1]);
  });

  it('are given without a question under a lease, until it is heard that what they are made of has changed', async () => {
    let now = 0;
    const lease = new CacheLease(25, () => {
      now += 0.001;
      return now;
    });
    lease.begin({ hasHeard: async () => true });
    let active = 'CallManager';
    const { files, bytes, change, fail, lists } = site({}, undefined, async () => sampleSigner(active), lease);
    const names = [`${name}.cnf.xml`, `${name}.cnf.xml.sgn`, `${name}.cnf.xml.enc.sgn`, 'ITLFile.tlv'] as const;
    change(withCertificate);
    const [, ...others] = names;
    const first = await Promise.all(others.map(bytes));
    const ask = async (): Promise<readonly Buffer[]> => await Promise.all(others.map(bytes));
    // Whoever is not covered yet is answered by the store, and asks for the lease.
    assert.deepEqual(await ask(), first);
    fail(new Error('asked'));
    assert.deepEqual(await ask(), first);
    lease.mayHaveChanged();
    await assert.rejects(ask, /asked/);
    fail(undefined);
    await ask();
    fail(new Error('asked'));
    assert.deepEqual(await ask(), first);

    change({ encrypted: false });
    files.deviceChanged(name);
    const forms = ['plain', 'signed', 'unsigned', 'full'] as const;
    const formsNow = async (): Promise<readonly string[]> =>
      await Promise.all(
        forms.map(async (form) => {
          const found = await files.findConfiguration(name, form);
          assert.ok(found.found, form);
          return (await wholeOf(found.file.bytes)).toString('latin1');
        }),
      );
    for (const xml of await formsNow()) assert.match(xml, /<encrConfig>false</);
    fail(undefined);
    await formsNow();
    fail(new Error('asked'));
    change({ capfAuthMode: 4 });
    for (const xml of await formsNow()) assert.match(xml, /<capfAuthMode>2</);
    files.deviceChanged(name);
    for (const xml of await formsNow()) assert.match(xml, /<capfAuthMode>4</);
    change(withCertificate);
    files.deviceChanged(name);
    assert.equal((await bytes(names[2])).length > 0, true);
    change({ encrypted: false });
    files.deviceChanged(name);
    assert.deepEqual(await files.find(names[2]), { found: false, code: 'encryption-off' });
    lists.itl = 'v2';
    assert.deepEqual(await bytes(names[3]), first[2]);
    files.listsChanged();
    assert.equal((await bytes(names[3])).toString(), 'list v2');
    active = 'SAST';
    change({ signer: sha256Hex(sampleCertificate('SAST').der) });
    files.signersChanged();
    const by = [knownSigner(sampleCertificate('SAST'))];
    readSignedFile(await bytes(names[1]), { fileName: names[1], signers: by });
  });
});
