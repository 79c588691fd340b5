import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sha256Hex } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { readSignedFile } from '../readers/index.js';
import { sampleCertificate } from '../samples.test.support.js';
import { content, decrypted, known, name, signers, site, withCertificate } from './phone-files.test.support.js';

describe("a phone's files", () => {
  it('are the full one, plain and signed, while encryption is off', async () => {
    const { bytes, refusal } = site();
    const full = await bytes(`${name}.cnf.xml`);
    assert.match(full.toString(), /<capfAuthMode>2<[\s\S]*<encrConfig>false</);
    assert.equal(content(await bytes(`${name}.cnf.xml.sgn`)), full.toString());
    assert.equal(await refusal(`${name}.cnf.xml.enc.sgn`), 'encryption-off');
  });

  it('are a partial and an encrypted one while it is on, and no plain one', async () => {
    const { bytes, refusal } = site(withCertificate);
    assert.equal(await refusal(`${name}.cnf.xml`), 'encryption-on');
    const partial = content(await bytes(`${name}.cnf.xml.sgn`));
    assert.match(
      partial,
      /<fullConfig>false<[\s\S]*<certHash>975ede487894d9cf82c2ec68a452bade<[\s\S]*<encrConfig>true</,
    );
    assert.doesNotMatch(partial, /sshPassword/);
    const full = decrypted(await bytes(`${name}.cnf.xml.enc.sgn`));
    assert.match(
      full,
      /<fullConfig>true<[\s\S]*<certHash>975ede487894d9cf82c2ec68a452bade<[\s\S]*<sshPassword>example</,
    );
  });

  it('are a partial one without a hash while no certificate is known', async () => {
    const { bytes, refusal } = site({ encrypted: true });
    assert.match(content(await bytes(`${name}.cnf.xml.sgn`)), /<certHash><\/certHash>/);
    assert.equal(await refusal(`${name}.cnf.xml.enc.sgn`), 'certificate-unknown');
    const byHand = site({ ...withCertificate, hasSymmetricKey: true });
    assert.equal(await byHand.refusal(`${name}.cnf.xml.enc.sgn`), 'manual-key-layout-unknown');
  });

  it('are not encrypted for an EC key, for which no layout is known', async () => {
    const { bytes, refusal } = site({ ...withCertificate, certificate: sampleCertificate('TFTP-EC').der });
    assert.equal(await refusal(`${name}.cnf.xml.enc.sgn`), 'file-phone-key-not-rsa');
    assert.match(content(await bytes(`${name}.cnf.xml.sgn`)), /<fullConfig>false</);
  });

  it('leave digest credentials out and fill templates', async () => {
    const line = '<line><name>\u0024{line.1}</name><authPassword>x</authPassword></line>';
    const configuration = Buffer.from(`<device><sipProfile><sipLines>${line}</sipLines></sipProfile></device>`);
    const { bytes } = site({ configuration, templateFields: { 'line.1': '<1>' }, excludeDigestCredentials: true });
    const full = (await bytes(`${name}.cnf.xml`)).toString();
    assert.match(full, /<line><name>&lt;1&gt;<\/name><\/line>/);
    assert.match(full, /<processNodeName>192\.0\.2\.10</);
  });

  it('say in which version and of which state they are, and of which they are not', async () => {
    const { files, change } = site();
    const fetched = async (file: string) => {
      const found = await files.find(file);
      return found.found ? found.file.fetched : undefined;
    };
    const first = await fetched(`${name}.cnf.xml.sgn`);
    assert.deepEqual(
      { ...first, version: '', site: '' },
      {
        ...{ device: name, file: 'configuration', version: '', stateAt: known.updatedAt, site: '' },
        signer: sha256Hex(sampleCertificate('CallManager').der),
      },
    );
    const plain = await fetched(`${name}.cnf.xml`);
    assert.deepEqual([plain?.signer, plain?.site === first?.site], [undefined, false]);
    assert.match(first?.version ?? '', /^[0-9a-f]{16}$/);
    change({ updatedAt: new Date(0) });
    assert.deepEqual(await fetched(`${name}.cnf.xml.sgn`), { ...first, stateAt: new Date(0) });
    change(withCertificate);
    assert.equal((await fetched(`${name}.cnf.xml.sgn`))?.file, 'partial');
    assert.deepEqual(await fetched(`ITL${name}.tlv`), { device: name, file: 'itl', version: 'v1' });
    assert.equal(await fetched('ITLFile.tlv'), undefined);
  });

  it('belong to their device alone', async () => {
    const { refusal } = site();
    assert.equal(await refusal('SEPA45630BBFA41.cnf.xml.sgn'), 'device-unknown');
    assert.equal(await refusal('CSFJOHN.cnf.xml'), 'device-unknown');
    assert.equal(await refusal(`${name.toLowerCase()}.cnf.xml`), 'device-unknown');
    assert.equal(await refusal(`CTL${name}.tlv`), 'trust-list-missing');
    assert.equal(await site({ configuration: null }).refusal(`${name}.cnf.xml.sgn`), 'configuration-missing');
    assert.equal(await refusal('ringlist.xml'), 'file-missing');
  });
});

describe('what keeps a file from being built', () => {
  it('is said to the log where it lies in what was given', async () => {
    const { files } = site({ configuration: Buffer.from('<device>\n<a></device>') });
    const found = await files.find(`${name}.cnf.xml`);
    assert.ok(!found.found);
    assert.equal(found.code, 'configuration-malformed');
    assert.match(found.detail ?? '', /line 2/i);
  });

  it("is no phone's business where it is ours: its file is there, and cannot be given now", async () => {
    for (const code of ['file-signing-failed', 'file-signer-key-mismatch'] as const) {
      const broken = site({}, undefined, async () => {
        throw new TftpError(code);
      });
      await assert.rejects(broken.files.find(`${name}.cnf.xml.sgn`), { code });
      assert.ok((await broken.files.find(`${name}.cnf.xml`)).found);
    }
  });
});

describe('static files', () => {
  it('are given as they are, and signed on demand', async () => {
    const home = await mkdtemp(join(tmpdir(), 'opencapf-files-'));
    try {
      const directory = join(home, 'files');
      await mkdir(join(directory, 'New_Zealand'), { recursive: true });
      await writeFile(join(directory, 'New_Zealand', 'g3-tones.xml'), '<tones/>');
      await writeFile(join(directory, 'load.sgn'), 'signed by its maker');
      const { bytes, refusal } = site({}, directory);
      const path = 'New_Zealand/g3-tones.xml';
      assert.equal((await bytes(path)).toString(), '<tones/>');
      const signed = await bytes(`${path}.sgn`);
      assert.deepEqual(await bytes(`${path}.sgn`), signed);
      assert.equal(
        Buffer.from(readSignedFile(signed, { fileName: `${path}.sgn`, signers }).content).toString(),
        '<tones/>',
      );
      assert.equal((await bytes('load.sgn')).toString(), 'signed by its maker');
      await writeFile(join(directory, path), '<tones>2</tones>');
      assert.equal((await bytes(path)).toString(), '<tones>2</tones>');
      assert.notDeepEqual(await bytes(`${path}.sgn`), signed);

      // What is long is read while it is sent, behind the header.
      const load = Buffer.alloc(200_000, 'load');
      await writeFile(join(directory, 'load.bin'), load);
      const signedLoad = await bytes('load.bin.sgn');
      assert.deepEqual(Buffer.from(readSignedFile(signedLoad, { fileName: 'load.bin.sgn', signers }).content), load);
      await truncate(join(directory, 'load.bin'), 5_000_000);
      assert.equal(await refusal('load.bin.sgn'), 'file-too-long');

      await writeFile(join(home, 'secret'), 'secret');
      await symlink('../secret', join(directory, 'out'));
      await symlink(home, join(directory, 'up'));
      await symlink('New_Zealand', join(directory, 'inside'));
      await symlink('/dev/zero', join(directory, 'zero'));
      await link(join(directory, path), join(directory, 'same'));
      await writeFile(join(directory, `${name}.cnf.xml.sgn.bak`), 'secret');
      for (const one of [
        'out',
        'up/secret',
        'zero',
        'New_Zealand',
        'none',
        'out.sgn',
        `${'x'.repeat(250)}`,
        `${path}/x`,
      ]) {
        assert.equal(await refusal(one), 'file-missing', one);
      }
      assert.equal(await refusal(`${name}.cnf.xml.sgn.bak`), 'name-malformed');
      assert.equal((await bytes('inside/g3-tones.xml')).toString(), '<tones>2</tones>');
      assert.equal((await bytes('same')).toString(), '<tones>2</tones>');
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('are not there where there is no directory of them', async () => {
    assert.equal(await site({}, '/nonexistent').refusal('ringlist.xml'), 'file-missing');
  });
});
