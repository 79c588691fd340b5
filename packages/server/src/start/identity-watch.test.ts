import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCapfCertificate, createSigner, generateKeyPair, loadIssuer } from '@opencapf/pki';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { makeLog } from '../log.js';
import type { ServiceIdentity } from './identity.js';
import { watchIdentity } from './identity-watch.js';

test('phones meet another CAPF certificate a second after it stands on record, and nothing changes as long as nothing has', async (context) => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const capf = loadIssuer(await createCapfCertificate(signer, {}), signer);
  const identity: ServiceIdentity = { tls: { cert: '', key: '' }, capf, chain: '', issuerId: 1, created: false };
  let uses = 0;
  let used = (): void => undefined;
  const nextUse = () =>
    new Promise<void>((resolve) => {
      used = resolve;
    });
  context.mock.timers.enable({ apis: ['setInterval'] });
  const first = nextUse();
  const stop = watchIdentity({
    database: opened.database,
    log: makeLog('silent'),
    load: async () => identity,
    identity,
    use() {
      uses += 1;
      used();
    },
  });
  await first;
  const second = nextUse();
  await sql.run('update opencapf_private.authority_version set version = version + 1');
  context.mock.timers.tick(1_000);
  await second;
  // A look comes to its end within less than a question to the database takes.
  await sql.run('select');
  context.mock.timers.tick(1_000);
  await stop();
  assert.equal(uses, 2);
});
