import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readServiceWarnings } from '@opencapf/admin-api';
import {
  createCapfCertificate,
  createServerCertificate,
  createSigner,
  generateKeyPair,
  loadIssuer,
} from '@opencapf/pki';
import { addTrustListEntry, currentTrustList, removeTrustListEntry, resolveSettings, SecretKey } from '@opencapf/store';
import { testDatabase } from '@opencapf/store/testing';
import { makeLog } from '../log.js';
import { loadIdentity } from '../start/identity.js';
import { startPhoneFileService } from './phone-file-service.js';

test('a trust list that cannot be written keeps nobody from starting: phones are served the one before, and it is warned of', async (t) => {
  await using opened = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'opencapf-files-'));
  t.after(async () => await rm(dataDir, { recursive: true }));
  const { database } = opened;
  const secretKey = new SecretKey(randomBytes(32));
  const settings = resolveSettings({ tftpHost: '127.0.0.1', tftpPort: 0, tftpHttpPort: 0, drainTimeout: 0 });
  await loadIdentity(database, secretKey, settings);
  const start = async () =>
    await startPhoneFileService({
      ...{ settings, database, secretKey, dataDir, directory: undefined, hash: 'sha1' },
      capfPorts: { capf: 3804, legacy: undefined },
      now: () => new Date(),
      log: makeLog('silent'),
    });
  const warned = async () => {
    const warnings = await readServiceWarnings({ database, secretKey, lscValidityDays: 365 });
    return warnings.filter(({ code }) => code.startsWith('trust-list')).map(({ code }) => code);
  };
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const issuer = loadIssuer(await createCapfCertificate(signer, {}), signer);
  const { spki } = await generateKeyPair({ kind: 'ec', size: 256 });
  const author = { name: 'test' };
  /** More than phones can load. */
  const addMany = async (): Promise<readonly number[]> => {
    const added: number[] = [];
    for (let n = 0; n < 16; n += 1) {
      const certificate = await createServerCertificate(issuer, {
        ...{ commonName: 'call control', spki, ipAddresses: [], validityDays: 100, now: new Date() },
        dnsNames: Array.from({ length: 25 }, (_, at) => `${`${'x'.repeat(60)}.`.repeat(3)}example${at}`),
      });
      const entry = { role: 'CCM', certificate, dnsName: '', ipAddress: null } as const;
      const one = await addTrustListEntry(database, entry, author);
      assert.ok(one.outcome === 'added');
      added.push(one.id);
    }
    return added;
  };

  const added = await addMany();
  const first = await start();
  assert.equal((await fetch(`http://127.0.0.1:${first.http.port}/ITLFile.tlv`)).status, 404);
  assert.deepEqual(await warned(), ['trust-list-unwritable']);
  await first.stop();
  for (const id of added) await removeTrustListEntry(database, id, author);
  await (await start()).stop();
  assert.deepEqual(await warned(), []);
  const unreadable = { role: 'CCM', certificate: Buffer.from('no certificate'), dnsName: '', ipAddress: null } as const;
  const entry = await addTrustListEntry(database, unreadable, author);
  assert.ok(entry.outcome === 'added');
  await (await start()).stop();
  assert.deepEqual(await warned(), ['trust-list-unwritable']);
  await removeTrustListEntry(database, entry.id, author);
  await addMany();
  const again = await start();
  const served = Buffer.from(await (await fetch(`http://127.0.0.1:${again.http.port}/ITLFile.tlv`)).arrayBuffer());
  assert.deepEqual(served, (await currentTrustList(database, 'itl'))?.bytes);
  assert.deepEqual(await warned(), ['trust-list-unwritable']);
  await again.stop();
});
