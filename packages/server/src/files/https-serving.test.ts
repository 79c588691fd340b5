import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { currentTrustList, keepHttpsServing, readFileSigner, releasePhones, SecretKey } from '@opencapf/store';
import { testDatabase } from '@opencapf/store/testing';
import { ensurePhoneFiles, fileServerIdentity, makeFileServer, makeFileSigner, readTrustList } from '@opencapf/tftp';

test('trust lists hold the HTTPS server, and tell phones to go there, for as long as files are served so', async () => {
  await using opened = await testDatabase({ maxConnections: 4 });
  const { database } = opened;
  const secretKey = new SecretKey(randomBytes(32));
  const format = { layout: 'usecallmanager', hash: 'sha1' } as const;
  let made = 0;
  const serve = async (serves: boolean): Promise<void> => {
    await keepHttpsServing(database, secretKey, serves, async () => {
      made += 1;
      return await makeFileServer({}, new Date());
    });
  };
  const list = async () => {
    await ensurePhoneFiles(database, secretKey, format, {}, new Date());
    const { bytes } = (await currentTrustList(database, 'itl')) ?? assert.fail('no list');
    const { header, records } = readTrustList(bytes, { kind: 'itl', known: 'first-list' });
    const servers = records.filter(({ role, certificate }) => role === 'TFTP' && certificate?.keyType?.kind === 'ec');
    return {
      signerVersion: header.signerVersion,
      servers: servers.map(({ certificate }) => Buffer.from(certificate?.der ?? [])),
    };
  };

  assert.deepEqual(await list(), { signerVersion: '1.0', servers: [] });
  assert.equal(await fileServerIdentity(database, secretKey), undefined);
  await serve(false);
  assert.equal(made, 0);
  await Promise.all([serve(true), serve(true), serve(true)]);
  assert.equal(made, 1, 'once, however many nodes start at the same time');
  const server = await readFileSigner(database.queries, secretKey, 'https');
  const held = await list();
  assert.equal(held.signerVersion, '1.1');
  assert.deepEqual(held.servers, [server?.certificate]);
  const { key } = (await fileServerIdentity(database, secretKey)) ?? assert.fail('no server');
  assert.match(key, /BEGIN PRIVATE KEY/);
  await assert.rejects(fileServerIdentity(database, new SecretKey(randomBytes(32))), {
    code: 'sealed-value-unreadable',
  });
  await serve(false);
  assert.deepEqual(await list(), { signerVersion: '1.0', servers: [] });
  await serve(true);
  assert.deepEqual((await list()).servers, held.servers, 'phones that know the server meet the same one again');
  assert.equal(made, 1);
  const { certificate } = await makeFileSigner('sast', {}, new Date());
  assert.equal(
    await releasePhones(database, { certificate, subject: 'theirs', sharesKeyWith: () => false }, { name: 'test' }),
    'done',
  );
  assert.deepEqual(await list(), { signerVersion: '1.0', servers: [] }, 'phones that go elsewhere are told nothing');
});
