import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type LocalAuthority, openKeyAt, openLocal } from '@opencapf/authority';
import { createIssuerCertificate, generateKeyPair, type KeyType, toPem } from '@opencapf/pki';
import { root } from '../support/service-process.js';
import { type AuthorityHarness, authorityConformance } from './conformance.js';
import { signsByItself } from './signs-by-itself.js';
import { SoftToken, softTokenAbsent } from './soft-token.js';

describe('keys in an HSM', { skip: softTokenAbsent }, () => {
  let token: SoftToken;

  before(async () => {
    token = await SoftToken.create();
    token.makeKey('rsa', 'rsa');
    token.makeKey('ec', 'ec');
    token.makeKey('ec', 'other');
  });
  after(async () => await token?.[Symbol.asyncDispose]());

  const at = (keyLabel: string) => ({ kind: 'pkcs11', module: token.module, tokenLabel: token.label, keyLabel });

  async function certificateOf(keyLabel: string): Promise<Uint8Array> {
    const signer = await openKeyAt(at(keyLabel), { pin: token.pin });
    try {
      return await createIssuerCertificate(signer, { commonName: `Token ${keyLabel}` });
    } finally {
      await signer.close?.();
    }
  }

  async function open(keyLabel: string, certificate: Uint8Array): Promise<LocalAuthority> {
    const key = { pkcs8: undefined, location: at(keyLabel) };
    return await openLocal({ certificate, key, secrets: { pin: token.pin } }, {});
  }

  it('are those that the command of docs/authorities.md makes', async () => {
    const guide = await readFile(join(root, 'docs', 'authorities.md'), 'utf8');
    const [program = '', ...words] = /^pkcs11-tool .*$/m.exec(guide)?.[0].split(' ') ?? [];
    const command = words.map((word) => (word.endsWith('.so') ? token.module : word));
    await promisify(execFile)(program, [...command, '--pin', 'env:TOKEN_PIN'], {
      env: { ...process.env, TOKEN_PIN: token.pin },
    });
    const authority = await open('issuer', await certificateOf('issuer'));
    await authority.close();
  });

  for (const kind of ['rsa', 'ec'] as const) {
    authorityConformance(
      `local, ${kind.toUpperCase()} issuer in an HSM`,
      async (): Promise<AuthorityHarness> => {
        const issuerCertificate = await certificateOf(kind);
        return {
          issuerCertificate,
          open: async () => await open(kind, issuerCertificate),
          behave: async () => undefined,
          certified: async () => undefined,
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
      signsByItself,
    );

    it(`OpenSSL verifies what an ${kind.toUpperCase()} key in the token signs, while it loses its sessions`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'opencapf-token-lsc-'));
      const certificate = await certificateOf(kind);
      const authority = await open(kind, certificate);
      try {
        await writeFile(join(directory, 'ca.pem'), toPem('CERTIFICATE', certificate));
        const keyType: KeyType = { kind: 'ec', size: 256 };
        const certify = async (name: string): Promise<void> => {
          const { spki } = await generateKeyPair(keyType);
          const prepared = await authority.prepare({ deviceName: name, spki, expectedKey: keyType, now: new Date() });
          const issued = await authority.issue(prepared);
          const file = join(directory, `${name}.pem`);
          await writeFile(file, toPem('CERTIFICATE', issued.certificate));
          await promisify(execFile)('openssl', ['verify', '-x509_strict', '-CAfile', join(directory, 'ca.pem'), file]);
        };
        await certify('SEP000000000001');
        token.loseSessions();
        await Promise.all(['SEP000000000002', 'SEP000000000003', 'SEP000000000004'].map(certify));
      } finally {
        await authority.close();
        await rm(directory, { recursive: true });
      }
    });
  }

  const unusable: readonly (readonly [string, () => object, string, RegExp])[] = [
    ['a wrong PIN', () => at('rsa'), '000000', /does not take the PIN/],
    ['no such key', () => at('none'), '271828', /not exactly one private key/],
    ['no such token', () => ({ ...at('rsa'), tokenLabel: 'none' }), '271828', /no token of this label/],
    ['no such slot', () => ({ ...at('rsa'), tokenLabel: undefined, slot: 77_777 }), '271828', /no token of this/],
    [
      'no such module',
      () => ({ ...at('rsa'), module: '/nowhere/p11.so' }),
      '271828',
      /\/nowhere\/p11\.so cannot be used/,
    ],
  ];
  for (const [what, location, pin, message] of unusable) {
    it(`says so: ${what}`, async () => {
      await assert.rejects(openKeyAt(location(), { pin }), (fault: Error & { code?: string }) => {
        assert.equal(fault.code, 'authority-key-unusable', String(fault));
        assert.match(fault.message, message);
        assert.doesNotMatch(fault.message, /271828|000000/);
        return true;
      });
    });
  }

  it('refuses a key in the token that is not the one of the certificate', async () => {
    const certificate = await certificateOf('ec');
    await assert.rejects(open('other', certificate), {
      code: 'authority-key-unusable',
      message: /is not the one of the record/,
    });
  });

  it('finds a key by its id', async () => {
    const { keyLabel: _, ...location } = at('ec');
    const signer = await openKeyAt({ ...location, keyId: Buffer.from('ec').toString('hex') }, { pin: token.pin });
    assert.deepEqual(signer.type, { kind: 'ec', size: 256 });
    await signer.close?.();
  });
});
