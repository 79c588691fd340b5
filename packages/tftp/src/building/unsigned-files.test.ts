import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  loadIssuer,
  randomSerial,
} from '@opencapf/pki';
import { sampleBytes, sampleSigner } from '../samples.test.support.js';
import { PhoneFiles } from './phone-files.js';
import { UnsignedFiles } from './unsigned-files.js';

const device = 'SEPA45630BBFA40';
const now = new Date('2026-11-27T12:00:00Z');

test("files over HTTPS are unsigned, and full for the holder of the device's LSC alone", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-unsigned-'));
  t.after(async () => await rm(directory, { recursive: true }));
  for (const [file, content] of [
    ['rings.xml', 'rings'],
    ['tones.xml.sgn', 'signed elsewhere'],
    ['both.xml', 'unsigned'],
    ['both.xml.sgn', 'signed'],
  ] as const) {
    await writeFile(join(directory, file), content);
  }
  const maker = createSigner(await generateKeyPair({ kind: 'ec', size: 256 }));
  const rsa = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const profile = compileLscProfile(loadIssuer(await createCapfCertificate(rsa, {}, now), rsa));
  const certificateOf = async (deviceName: string): Promise<Uint8Array> => {
    const dates = { notBefore: now, notAfter: new Date(now.getTime() + 86_400_000) };
    const tbs = profile.encodeTbs({ deviceName, spki: maker.spki, serial: randomSerial(randomBytes), ...dates });
    return profile.assemble(tbs, await rsa.sign(tbs));
  };
  const lsc = await certificateOf(device);
  const files = new PhoneFiles({
    site: {
      signer: async () => sampleSigner('CallManager'),
      ...{ hash: 'sha1', layout: 'usecallmanager', capfServers: undefined, random: randomBytes, now: () => now },
      capfPorts: { capf: 3804, legacy: undefined },
    },
    facts: async (name) =>
      name === device
        ? {
            ...{ name, model: '8845', configuration: sampleBytes('input/SEP001122334455.cnf.xml') },
            ...{ templateFields: null, certificate: lsc, md5hash: 'ab'.repeat(16), capfAuthMode: 0, encrypted: true },
            ...{ excludeDigestCredentials: false, capfServers: [], hasSymmetricKey: false, updatedAt: now },
            ...{ state: '1', signer: null },
          }
        : undefined,
    onRecord: async () => ({
      ...{ signer: undefined, lists: { itl: 'v1', ctl: undefined }, devices: new Map([[device, '1']]) },
    }),
    trustList: async () => ({ bytes: Buffer.from('list'), version: 'v1' }),
    directory,
    keptBytes: 1_000_000,
  });
  const unsigned = new UnsignedFiles({ files, lscOf: async (name) => (name === device ? lsc : undefined) });
  const given = async (name: string, certificate?: Uint8Array): Promise<string> => {
    const peer = { transport: 'https', address: '192.0.2.1', ...(certificate && { certificate }) } as const;
    const found = await unsigned.find(name, peer);
    if (!found.found) return found.code;
    assert.ok(found.file.bytes instanceof Uint8Array);
    return Buffer.from(found.file.bytes).toString();
  };

  assert.match(await given(`${device}.cnf.xml.sgn`), /^<\?xml[\s\S]*<fullConfig>false/);
  assert.match(await given(`${device}.cnf.xml.sgn`, lsc), /^<\?xml[\s\S]*<fullConfig>true/);
  const counted = await unsigned.find(`${device}.cnf.xml.sgn`, {
    ...{ transport: 'https', address: '192.0.2.1', certificate: lsc },
  });
  assert.ok(counted.found);
  assert.deepEqual([counted.file.fetched?.file, counted.file.fetched?.signer], ['configuration', undefined]);
  for (const one of [await certificateOf(device), await certificateOf(`CP-8845-${device}`), Buffer.from('none')]) {
    assert.match(await given(`${device}.cnf.xml.sgn`, one), /<fullConfig>false/, 'not on record');
  }
  const other = await certificateOf('SEPA45630BBFA41');
  for (const ending of ['', '.sgn', '.enc.sgn']) {
    assert.equal(await given(`${device}.cnf.xml${ending}`, other), 'certificate-of-another-device');
  }
  assert.equal(await given(`${device}.cnf.xml`, lsc), 'encryption-on');
  assert.equal(await given(`${device}.cnf.xml.enc.sgn`, lsc), 'file-missing');
  assert.equal(await given('SEPA45630BBFA41.cnf.xml.sgn', other), 'device-unknown');
  assert.equal(await given('../rings.xml'), 'name-malformed');
  assert.equal(await given(`ITL${device}.tlv`, other), 'list');
  assert.equal(await given('rings.xml'), 'rings');
  assert.equal(await given('rings.xml.sgn'), 'rings');
  assert.equal(await given('tones.xml.sgn'), 'signed elsewhere');
  assert.equal(await given('both.xml.sgn'), 'unsigned');
  assert.equal(await given('none.xml.sgn'), 'file-missing');
});
