import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { certificateOfKey, importKeyFile } from './key-import.js';
import { keyTypeName } from './public-key.js';
import { Workshop } from './testing/workshop.js';

const passphrase = 'pässwörd';
let shop: Workshop;

// In two pieces, so that no scanner takes it for a key that got lost here.
const label = ['EC PRIVATE', 'KEY'].join(' ');
const paddedByChance = `-----BEGIN ${label}-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,0DD496A1318EE310E3BDCA693C0A81EA

8KxPw/kKzCNse1FJYPxy9763H1yihjVraFQucaUYKknNCGpA75x+J3XhPg7PWvnl
5mWstoHvdnQUkPxztgjaDi8YJLiwTEa9wFZqqONg9Xew3n3pE5JHC2uNOhFHajrR
bmA0jyZQE2+flC1Oe8WKvSUhjln3rXdcNsqRXb8FpSg=
-----END ${label}-----
`;

before(async () => {
  shop = await Workshop.open();
  await shop.openssl('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem');
  await shop.openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec.pem');
  await shop.openssl('req -x509 -new -key rsa.pem -subj /CN=Root -out root.crt -days 30');
  await shop.write('pass', passphrase);
  for (const kind of ['rsa', 'ec']) {
    await shop.openssl(`req -new -key ${kind}.pem -subj /CN=Issuer-${kind} -out ${kind}.csr`);
    await shop.openssl(
      `x509 -req -in ${kind}.csr -CA root.crt -CAkey rsa.pem -CAcreateserial -out ${kind}.crt -days 20`,
    );
  }
});
after(async () => await shop[Symbol.asyncDispose]());

describe('a private key that is imported', () => {
  const forms: readonly (readonly [name: string, kind: 'rsa' | 'ec', command: string, encrypted: boolean])[] = [
    ['PKCS#8 PEM, RSA', 'rsa', 'pkcs8 -topk8 -nocrypt -in rsa.pem -out it', false],
    ['PKCS#8 DER, EC', 'ec', 'pkcs8 -topk8 -nocrypt -in ec.pem -outform DER -out it', false],
    ['PKCS#1 PEM', 'rsa', 'rsa -traditional -in rsa.pem -out it', false],
    ['PKCS#1 DER', 'rsa', 'rsa -traditional -in rsa.pem -outform DER -out it', false],
    ['SEC1 PEM', 'ec', 'ec -in ec.pem -out it', false],
    ['SEC1 DER', 'ec', 'ec -in ec.pem -outform DER -out it', false],
    ['PKCS#8 PEM, encrypted', 'ec', 'pkcs8 -topk8 -v2 aes-256-cbc -in ec.pem -passout file:pass -out it', true],
    [
      'PKCS#8 DER, encrypted',
      'rsa',
      'pkcs8 -topk8 -v2 aes-256-cbc -in rsa.pem -outform DER -passout file:pass -out it',
      true,
    ],
    ['PKCS#1 PEM, encrypted', 'rsa', 'rsa -traditional -aes128 -in rsa.pem -passout file:pass -out it', true],
    ['SEC1 PEM, encrypted', 'ec', 'ec -aes256 -in ec.pem -passout file:pass -out it', true],
    [
      'PKCS#12, RSA',
      'rsa',
      'pkcs12 -export -inkey rsa.pem -in rsa.crt -certfile root.crt -passout file:pass -out it',
      true,
    ],
    [
      'PKCS#12, EC',
      'ec',
      'pkcs12 -export -inkey ec.pem -in ec.crt -certfile root.crt -passout file:pass -out it',
      true,
    ],
    [
      'PKCS#12 with RC2-40 and 3DES, RSA',
      'rsa',
      'pkcs12 -export -legacy -inkey rsa.pem -in rsa.crt -certfile root.crt -passout file:pass -out it',
      true,
    ],
    [
      'PKCS#12 with RC2-40 and 3DES, EC',
      'ec',
      'pkcs12 -export -legacy -inkey ec.pem -in ec.crt -certfile root.crt -passout file:pass -out it',
      true,
    ],
  ];
  for (const [name, kind, command, encrypted] of forms) {
    it(`is read from ${name}`, async () => {
      await shop.openssl(command);
      const file = await shop.read('it');
      const made = await importKeyFile(file, encrypted ? passphrase : undefined);
      assert.equal(keyTypeName(made.keyPair.type), kind === 'rsa' ? 'RSA 2048' : 'EC P-384');
      const certificate = new X509Certificate(await shop.read(`${kind}.crt`));
      assert.ok(certificate.checkPrivateKey(made.keyPair.privateKey));
      if (name.startsWith('PKCS#12')) {
        assert.deepEqual(Buffer.from(certificateOfKey(made).der), certificate.raw, 'byte for byte');
        assert.equal(made.certificates.length, 2);
      }
      if (!encrypted) return;
      await assert.rejects(importKeyFile(file, 'another'), { name: 'PkiError', code: 'key-file-passphrase-wrong' });
      await assert.rejects(importKeyFile(file), {
        code: name.startsWith('PKCS#12') ? 'key-file-passphrase-wrong' : 'key-file-passphrase-missing',
      });
    });
  }

  it('does not open with a wrong passphrase that happens to leave padding behind', async () => {
    await importKeyFile(Buffer.from(paddedByChance), 'the right one');
    await assert.rejects(importKeyFile(Buffer.from(paddedByChance), 'wrong 388'), {
      code: 'key-file-passphrase-wrong',
    });
  });

  it('comes with the certificates of its PEM file', async () => {
    const file = Buffer.concat([await shop.read('ec.crt'), await shop.read('ec.pem'), await shop.read('root.crt')]);
    assert.equal(certificateOfKey(await importKeyFile(file)).commonName, 'Issuer-ec');
  });

  it('must be there, be the only one, and belong to a certificate', async () => {
    const [rsa, ec, root] = [await shop.read('rsa.pem'), await shop.read('ec.pem'), await shop.read('ec.crt')];
    await assert.rejects(importKeyFile(root), { code: 'key-file-without-key' });
    await assert.rejects(importKeyFile(Buffer.concat([rsa, ec])), { code: 'key-file-several-keys' });
    await shop.openssl('pkcs12 -export -nokeys -in root.crt -passout file:pass -out it');
    await assert.rejects(importKeyFile(await shop.read('it'), passphrase), { code: 'key-file-without-key' });
    const other = await importKeyFile(Buffer.concat([rsa, root]));
    assert.throws(() => certificateOfKey(other), { code: 'issuer-key-mismatch' });
  });

  it('must be RSA or EC on a curve of NIST, readable and of a sensible length', async () => {
    await shop.openssl('genpkey -algorithm ED25519 -out it');
    await assert.rejects(importKeyFile(await shop.read('it')), { code: 'private-key-unsupported' });
    await shop.openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out it');
    await assert.rejects(importKeyFile(await shop.read('it')), { code: 'private-key-unsupported' });
    for (const junk of [
      Buffer.from('3003020103', 'hex'),
      Buffer.from('30050201033000', 'hex'),
      Buffer.alloc(2 ** 20 + 1),
    ]) {
      await assert.rejects(importKeyFile(junk, 'any'), { code: 'key-file-unreadable' });
    }
    const cut = (await shop.read('rsa.pem')).subarray(0, 800);
    await assert.rejects(importKeyFile(cut), { code: 'key-file-without-key' });
  });
});
