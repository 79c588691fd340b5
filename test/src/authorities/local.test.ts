import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { promisify } from 'node:util';
import { type LocalAuthorityRecord, openLocal } from '@opencapf/authority';
import { certificateOfKey, exportPkcs8, importKeyFile } from '@opencapf/pki';
import { type AuthorityHarness, authorityConformance } from './conformance.js';
import { FakeCa } from './fake-ca.js';
import { signsByItself } from './signs-by-itself.js';

const passphrase = 'correct horse';

/** Where the key of a local authority comes from or stays; each gives the record of it. */
const ways = {
  'in Postgres': async (ca, _directory) => {
    const { key } = await ca.ownIdentity();
    const pkcs8 = createPrivateKey(key).export({ format: 'der', type: 'pkcs8' });
    return { certificate: ca.certificate, key: { pkcs8, location: undefined }, secrets: {} };
  },
  'imported from PKCS#12': async (ca, directory) => {
    const file = await pkcs12(ca, directory, []);
    return await imported(file);
  },
  'imported from an old PKCS#12 (RC2, 3DES)': async (ca, directory) => {
    const old = ['-certpbe', 'PBE-SHA1-RC2-40', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1', '-legacy'];
    return await imported(await pkcs12(ca, directory, old));
  },
  'in a PEM file': async (ca, directory) => {
    const path = join(directory, 'key.pem');
    const { key } = await ca.ownIdentity();
    const sealed = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase } as const;
    await writeFile(path, createPrivateKey(key).export(sealed), { mode: 0o600 });
    return inFile(ca.certificate, path);
  },
  'in a PKCS#12 file': async (ca, directory) => {
    await pkcs12(ca, directory, []);
    return inFile(ca.certificate, join(directory, 'issuer.p12'));
  },
} as const satisfies Readonly<Record<string, (ca: FakeCa, directory: string) => Promise<LocalAuthorityRecord>>>;

/** Every key of either kind signs the same way wherever it came from: key-import.test.ts of the pki opens each kind in each form. */
const kindsIn: Readonly<Record<keyof typeof ways, readonly ('rsa' | 'ec')[]>> = {
  'in Postgres': ['rsa', 'ec'],
  'imported from PKCS#12': ['ec'],
  'imported from an old PKCS#12 (RC2, 3DES)': ['rsa'],
  'in a PEM file': ['ec'],
  'in a PKCS#12 file': ['rsa'],
};

for (const [where, make] of Object.entries(ways)) {
  for (const kind of kindsIn[where as keyof typeof ways]) {
    const name = `local, ${kind.toUpperCase()} issuer, key ${where}`;
    let made: Promise<Site> | undefined;
    authorityConformance(
      name,
      async () => {
        made ??= makeSite(kind, make);
        return harnessOf(await made);
      },
      signsByItself,
    );
    after(async () => await rm((await made)?.directory ?? '', { recursive: true, force: true }));
  }
}

it('says what is wrong with a key file, and what to do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-local-'));
  try {
    const ca = await FakeCa.create({ key: 'ec' });
    const path = join(directory, 'key.pem');
    const opening = async (secrets: object): Promise<void> => {
      await openLocal({ ...inFile(ca.certificate, path), secrets }, {});
    };
    const refused = async (secrets: object, message: RegExp): Promise<void> => {
      await assert.rejects(opening(secrets), (fault: Error & { code?: string }) => {
        assert.equal(fault.code, 'authority-key-unusable', String(fault));
        assert.ok(fault.message.includes(path), fault.message);
        assert.match(fault.message, message);
        return true;
      });
    };
    await refused({ passphrase }, /cannot be read \(ENOENT\)\. Put it there on each node/);
    await writeFile(path, 'no key');
    await refused({ passphrase }, /holds no private key/);
    const other = await FakeCa.create({ key: 'ec' });
    await ways['in a PEM file'](other, directory);
    await refused({ passphrase: 'wrong' }, /does not open the private key/);
    await refused({}, /Give its passphrase/);
    await refused({ passphrase }, /another key than the record's/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** An issuer's record, which no test changes, and where its files lie. */
interface Site {
  readonly issuerCertificate: Uint8Array;
  readonly record: LocalAuthorityRecord;
  readonly directory: string;
}

async function makeSite(
  kind: 'rsa' | 'ec',
  make: (ca: FakeCa, directory: string) => Promise<LocalAuthorityRecord>,
): Promise<Site> {
  const ca = await FakeCa.create({ key: kind });
  const directory = await mkdtemp(join(tmpdir(), 'opencapf-local-'));
  return { issuerCertificate: ca.certificate, record: await make(ca, directory), directory };
}

function harnessOf({ issuerCertificate, record }: Site): AuthorityHarness {
  return {
    issuerCertificate,
    open: async () => await openLocal(record, {}),
    behave: async () => undefined,
    certified: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Has OpenSSL write the CA's certificate and key as PKCS#12. */
async function pkcs12(ca: FakeCa, directory: string, more: readonly string[]): Promise<string> {
  const { key } = await ca.ownIdentity();
  const file = (name: string): string => join(directory, name);
  await writeFile(file('both.pem'), `${ca.pem}\n${key}`);
  const output = ['-in', file('both.pem'), '-out', file('issuer.p12'), '-passout', `pass:${passphrase}`];
  await promisify(execFile)('openssl', ['pkcs12', '-export', ...output, ...more]);
  return file('issuer.p12');
}

async function imported(path: string): Promise<LocalAuthorityRecord> {
  const found = await importKeyFile(await readFile(path), passphrase);
  const pkcs8 = exportPkcs8(found.keyPair.privateKey);
  return { certificate: certificateOfKey(found).der, key: { pkcs8, location: undefined }, secrets: {} };
}

function inFile(certificate: Uint8Array, path: string): LocalAuthorityRecord {
  return { certificate, key: { pkcs8: undefined, location: { kind: 'file', path } }, secrets: { passphrase } };
}
