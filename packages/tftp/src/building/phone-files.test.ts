import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sha256Hex } from '@opencapf/pki';
import { TftpError } from '../errors.js';
import { knownSigner, openEncryptedFile, readSignedFile } from '../readers/index.js';
import { sampleBytes, sampleCertificate, sampleSigner } from '../samples.test.support.js';
import type { FileSigner } from '../writers/index.js';
import { CacheLease } from './cache-lease.js';
import type { DeviceFacts } from './device-file.js';
import { PhoneFiles } from './phone-files.js';
import type { LongFile } from './served-file.js';

const name = 'SEPA45630BBFA40';
const phone = sampleCertificate('phone-cert');
const known: DeviceFacts = {
  name,
  model: '8845',
  configuration: sampleBytes('input/SEP001122334455.cnf.xml'),
  templateFields: null,
  certificate: null,
  md5hash: null,
  capfAuthMode: 2,
  encrypted: false,
  excludeDigestCredentials: false,
  capfServers: [],
  hasSymmetricKey: false,
  updatedAt: new Date('2026-11-27T12:00:00Z'),
  state: '1',
  signer: sha256Hex(sampleCertificate('CallManager').der),
};
const withCertificate: Partial<DeviceFacts> = {
  encrypted: true,
  certificate: phone.der,
  md5hash: createHash('md5').update(phone.der).digest('hex'),
};

function site(
  changes: Partial<DeviceFacts> = {},
  directory?: string,
  signer: () => Promise<FileSigner> = async () => sampleSigner('CallManager'),
  lease?: CacheLease,
) {
  let facts: DeviceFacts = { ...known, ...changes };
  let asked = 0;
  let opened = 0;
  let fault: Error | undefined;
  const lists = { itl: 'v1' as string | undefined, ctl: undefined as string | undefined };
  const files = new PhoneFiles({
    ...(lease === undefined ? {} : { lease }),
    site: {
      signer: async () => {
        opened += 1;
        return await signer();
      },
      hash: 'sha1',
      layout: 'usecallmanager',
      capfServers: ['192.0.2.10'],
      capfPorts: { capf: 3804, legacy: undefined },
      random: randomBytes,
      now: () => new Date('2026-11-27T12:00:00Z'),
    },
    facts: async (device) => {
      asked += 1;
      return device === facts.name ? facts : undefined;
    },
    trustList: async (kind) => {
      const version = lists[kind];
      return version === undefined ? undefined : { bytes: Buffer.from(`list ${version}`), version };
    },
    onRecord: async (devices) => {
      if (fault !== undefined) throw fault;
      const { name: known, state, signer: active } = facts;
      const states = devices.filter((device) => device === known).map((device) => [device, state] as const);
      return { signer: active ?? undefined, lists: { ...lists }, devices: new Map(states) };
    },
    directory,
    keptBytes: 10_000_000,
  });
  /** Changes what is on record. Nobody is told. */
  const change = (to: Partial<DeviceFacts>): void => {
    facts = { ...facts, state: `${facts.state}1`, ...to };
  };
  const bytes = async (file: string): Promise<Buffer> => {
    const found = await files.find(file);
    assert.ok(found.found, `${file} is not there`);
    return await wholeOf(found.file.bytes);
  };
  const refusal = async (file: string) => {
    const found = await files.find(file);
    return found.found ? undefined : found.code;
  };
  /** The store fails with this whenever it is asked what is on record. */
  const fail = (by: Error | undefined): void => {
    fault = by;
  };
  return { files, change, fail, lists, bytes, refusal, asked: () => asked, opened: () => opened };
}

async function wholeOf(file: Uint8Array | LongFile): Promise<Buffer> {
  if (file instanceof Uint8Array) return Buffer.from(file);
  const reading = await file.open();
  try {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += 1_000)
      pieces.push(await reading.read(at, Math.min(file.length, at + 1_000)));
    return Buffer.concat(pieces);
  } finally {
    reading.close();
  }
}

const signers = [knownSigner(sampleCertificate('CallManager'))];
const content = (file: Buffer, extension = '.sgn') =>
  Buffer.from(readSignedFile(file, { fileName: `${name}.cnf.xml${extension}`, signers }).content).toString();
const decrypted = (file: Buffer) =>
  Buffer.from(
    openEncryptedFile(file, {
      fileName: `${name}.cnf.xml.enc.sgn`,
      signers,
      phoneKey: createPrivateKey(sampleBytes('keys/phone-key.pem')),
    }).content,
  ).toString();

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
