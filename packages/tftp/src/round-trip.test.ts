import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createFileSigner,
  knownSigner,
  openEncryptedFile,
  readSignedFile,
  readTrustList,
  type TrustedCertificate,
  type TrustRole,
  trustRoles,
  writeEncryptedFile,
  writeSignedFile,
  writeTrustList,
} from './index.js';
import { sampleCertificate, sampleKeys, sampleSigner } from './samples.test.support.js';

const signer = sampleSigner('CallManager');
const signers = [knownSigner(signer.certificate)];
const phone = sampleKeys('phone-key');
const at = new Date('2030-01-02T03:04:05Z');
const layout = fc.constantFrom('usecallmanager', 'cisco');
const hash = fc.constantFrom('sha1', 'sha512');
const seed = 20261127;

test('what is signed is read again, in both layouts and with both hashes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), layout, hash, async (content, layout, hash) => {
      const fileName = 'dialplan/local.xml.sgn';
      const file = await writeSignedFile(fileName, content, { signer, hash, at, layout });
      const read = readSignedFile(file, { fileName, signers });
      assert.deepEqual(Buffer.from(read.content), Buffer.from(content));
      assert.deepEqual([read.header.hash, read.header.signedAt, read.header.headerLength % 4], [hash, at, 0]);
    }),
    { seed, numRuns: 40 },
  );
});

test('what is encrypted is read again, whatever its length, and with other keys each time', async () => {
  const fileName = 'SEP001122334455.cnf.xml.enc.sgn';
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 64 }), layout, hash, async (length, layout, hash) => {
      const content = Buffer.alloc(length, 'x');
      const options = { signer, hash, at, layout, phoneKey: phone.spki, random: randomBytes } as const;
      const file = await writeEncryptedFile(fileName, content, options);
      assert.notDeepEqual(await writeEncryptedFile(fileName, content, options), file);
      const read = openEncryptedFile(file, { fileName, signers, phoneKey: phone.privateKey });
      assert.deepEqual(Buffer.from(read.content), content);
    }),
    { seed, numRuns: 40 },
  );
});

test('trust lists of any roles are read again, in both layouts', async () => {
  const certificates = ['SAST', 'CallManager', 'CAPF', 'TVS', 'AppServer', 'TFTP-EC', 'phone-cert'].map(
    sampleCertificate,
  );
  const roles = (Object.keys(trustRoles) as TrustRole[]).filter((role) => role !== 'SAST');
  const record = fc.record({ role: fc.constantFrom(...roles), certificate: fc.constantFrom(...certificates) });
  const sast = sampleSigner('SAST');
  const own: TrustedCertificate = { role: 'SAST', certificate: sast.certificate };
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 12 }),
      layout,
      fc.constantFrom('itl', 'ctl'),
      async (others, layout, kind) => {
        const file = await writeTrustList(kind, [...others, own], { signer: sast, hash: 'sha512', at, layout });
        const list = readTrustList(file, { kind, known: [knownSigner(sast.certificate)] });
        assert.deepEqual(
          list.records.map(({ role, certificate }) => [role, certificate?.serial]),
          [...others, own].map(({ role, certificate }) => [role, certificate.serial]),
        );
      },
    ),
    { seed, numRuns: 25 },
  );
});

test('an old signer hands over to a new one in a list that holds both', async () => {
  const [old, next] = [sampleSigner('SAST'), createFileSigner(sampleCertificate('TVS'), sampleKeys('TVS'))];
  const both = [old, next].map(({ certificate }) => ({ role: 'SAST', certificate }) as const);
  const known = [knownSigner(old.certificate)];
  const handedOver = await writeTrustList('itl', both, { signer: old, hash: 'sha1', at });
  const { records } = readTrustList(handedOver, { kind: 'itl', known });
  const later = await writeTrustList('itl', both.slice(1), { signer: next, hash: 'sha1', at });
  assert.throws(() => readTrustList(later, { kind: 'itl', known }), { code: 'file-signer-unknown' });
  const learnt = records.flatMap(({ certificate }) => (certificate ? [knownSigner(certificate)] : []));
  assert.equal(readTrustList(later, { kind: 'itl', known: learnt }).records.length, 1);
});

test('a file that was signed for another phone is not taken', async () => {
  const file = await writeSignedFile('SEP001122334455.cnf.xml.sgn', new Uint8Array(), { signer, hash: 'sha1', at });
  assert.throws(() => readSignedFile(file, { fileName: 'SEP001122334466.cnf.xml.sgn', signers }), {
    code: 'file-name-unexpected',
  });
});

test('a CTL is not taken for an ITL', async () => {
  const own = { role: 'SAST', certificate: sampleCertificate('SAST') } as const;
  const file = await writeTrustList('ctl', [own], { signer: sampleSigner('SAST'), hash: 'sha1', at });
  assert.throws(() => readTrustList(file, { kind: 'itl', known: 'first-list' }), { code: 'file-name-unexpected' });
});

test('a phone with another key cannot open what was encrypted', async () => {
  const fileName = 'SEP001122334455.cnf.xml.enc.sgn';
  const options = { signer, hash: 'sha1', at, phoneKey: phone.spki, random: randomBytes } as const;
  const file = await writeEncryptedFile(fileName, Buffer.from('<device/>'), options);
  const open = (phoneKey: typeof phone.privateKey) => openEncryptedFile(file, { fileName, signers, phoneKey });
  assert.throws(() => open(sampleKeys('TVS').privateKey), { code: 'file-key-unreadable' });
  assert.throws(() => open(sampleKeys('TFTP-EC').privateKey), { code: 'file-key-other' });
});
