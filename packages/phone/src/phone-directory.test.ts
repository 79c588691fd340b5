import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import type { HeldCertificate } from './identity.js';
import { PhoneDirectory } from './phone-directory.js';
import { capfIdentity, issueLsc } from './testing/certificates.js';

const capf = await capfIdentity();
const name = 'SEP001122334455';

async function held(): Promise<HeldCertificate> {
  const key = await generateKeyPair({ kind: 'ec', size: 256 });
  return { certificate: await issueLsc(capf.issuer, name, key), key };
}

async function directory(t: TestContext): Promise<PhoneDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'opencapf-phone-'));
  t.after(() => rm(path, { recursive: true }));
  return new PhoneDirectory(join(path, 'phones'), name);
}

async function loaded(phone: PhoneDirectory): Promise<string | undefined> {
  const { lsc } = await phone.load();
  return lsc && Buffer.from(lsc.certificate).toString('hex');
}

function hex({ certificate }: HeldCertificate): string {
  return Buffer.from(certificate).toString('hex');
}

test('a phone finds its LSC again, and the key is for its owner alone', async (t) => {
  const phone = await directory(t);
  const lsc = await held();
  assert.deepEqual(await phone.load(), {});
  await phone.keep({ lsc });
  assert.equal(await loaded(phone), hex(lsc));
  assert.equal((await stat(phone.keyFile)).mode & 0o777, 0o600);
  assert.match(await readFile(phone.certificateFile, 'utf8'), /^-----BEGIN CERTIFICATE-----\n/);
  assert.deepEqual((await readdir(join(phone.keyFile, '..'))).sort(), [`${name}.cert.pem`, `${name}.key.pem`]);
});

test('a new LSC takes the place of the old one, and a deleted one is gone', async (t) => {
  const phone = await directory(t);
  const [first, second] = [await held(), await held()];
  await phone.keep({ lsc: first });
  await phone.keep({ lsc: second });
  assert.equal(await loaded(phone), hex(second));
  await phone.keep({});
  assert.deepEqual(await phone.load(), {});
  assert.deepEqual(await readdir(join(phone.keyFile, '..')), []);
});

test('a crash between the two files leaves the old pair or the new one', async (t) => {
  const phone = await directory(t);
  const [first, second] = [await held(), await held()];
  await phone.keep({ lsc: second });
  const [newKey, newCertificate] = [await readFile(phone.keyFile), await readFile(phone.certificateFile)];
  await phone.keep({ lsc: first });
  await writeFile(`${phone.keyFile}.new`, newKey);
  assert.equal(await loaded(phone), hex(first));
  await writeFile(`${phone.certificateFile}.new`, newCertificate);
  assert.equal(await loaded(phone), hex(first));
  await rename(`${phone.certificateFile}.new`, phone.certificateFile);
  assert.equal(await loaded(phone), hex(second));
  assert.deepEqual(await readFile(phone.keyFile), newKey);
});

test('a crash in the middle of a deletion leaves no LSC', async (t) => {
  const phone = await directory(t);
  await phone.keep({ lsc: await held() });
  await rm(phone.certificateFile);
  assert.deepEqual(await phone.load(), {});
});

test('a key that does not belong to the certificate is not taken', async (t) => {
  const phone = await directory(t);
  await phone.keep({ lsc: await held() });
  const certificate = await readFile(phone.certificateFile);
  await phone.keep({ lsc: await held() });
  await writeFile(phone.certificateFile, certificate);
  await assert.rejects(phone.load(), { code: 'phone-directory-inconsistent' });
  await writeFile(phone.certificateFile, 'rubbish');
  await assert.rejects(phone.load(), { code: 'phone-directory-inconsistent' });
});

test('a key that was asked for is found again until its certificate has come, and is for its owner alone', async (t) => {
  const phone = await directory(t);
  const [lsc, next] = [await held(), await held()];
  await phone.keepRequestedKey(lsc.key);
  assert.deepEqual((await phone.load()).requestedKey?.spki, lsc.key.spki);
  assert.equal((await stat(phone.requestedKeyFile)).mode & 0o777, 0o600);
  await phone.keep({ lsc });
  assert.deepEqual(Object.keys(await phone.load()), ['lsc']);
  await phone.keepRequestedKey(next.key);
  assert.equal(await loaded(phone), hex(lsc));
  assert.deepEqual((await phone.load()).requestedKey?.spki, next.key.spki);
  await phone.keepRequestedKey(undefined);
  assert.deepEqual(Object.keys(await phone.load()), ['lsc']);
});

test('a crash after the certificate came and before its key was forgotten leaves an LSC, and no key that waits', async (t) => {
  const phone = await directory(t);
  const lsc = await held();
  await phone.keepRequestedKey(lsc.key);
  const requested = await readFile(phone.requestedKeyFile);
  await phone.keep({ lsc });
  await writeFile(phone.requestedKeyFile, requested);
  assert.deepEqual(Object.keys(await phone.load()), ['lsc']);
});

test('a crash while a new key is written leaves the one before', async (t) => {
  const phone = await directory(t);
  const { key } = await held();
  await phone.keepRequestedKey(key);
  await writeFile(`${phone.requestedKeyFile}.new`, '-----BEGIN');
  assert.deepEqual((await phone.load()).requestedKey?.spki, key.spki);
  await writeFile(phone.requestedKeyFile, 'rubbish');
  await assert.rejects(phone.load(), { code: 'phone-directory-inconsistent', message: /requested\.key\.pem/ });
});

test('what cannot be read or written is said with its path', async (t) => {
  const phone = await directory(t);
  await phone.keep({ lsc: await held() });
  const inFile = new PhoneDirectory(phone.keyFile, name);
  await assert.rejects(inFile.keep({ lsc: await held() }), { code: 'phone-directory-unusable', message: /key\.pem/ });
  await assert.rejects(inFile.load(), { code: 'phone-directory-unusable' });
});

for (const wrong of ['', '../SEP001122334455', 'a/b', 'a b', 'x'.repeat(65), 'SEP.1']) {
  test(`"${wrong}" is no name for files`, () => {
    assert.throws(() => new PhoneDirectory('phones', wrong), { code: 'phone-name-unusable' });
  });
}
