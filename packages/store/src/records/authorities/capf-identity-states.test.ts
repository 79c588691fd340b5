import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SecretKey } from '../../secrets/index.js';
import { testDatabase } from '../../testing/index.js';
import { loadOrCreateIdentity } from '../certificates/capf-identity.js';
import {
  activateCapfIdentity,
  discardCapfIdentity,
  listCapfIdentities,
  replaceCapfCertificate,
  stageCapfIdentity,
} from './capf-identity-states.js';
import { readTrustBundle } from './trust-bundle.js';

const secretKey = new SecretKey(Buffer.alloc(32, 1));
const author = { name: 'test' };
const make = async () => ({
  certificate: Buffer.from('first'),
  publicKey: Buffer.from('first key'),
  privateKey: Buffer.from('first private'),
  algorithm: 'RSA 2048',
});
const signing = { certificate: Buffer.from('next'), chain: [] };
const key = { publicKey: Buffer.from('next key'), algorithm: 'RSA 3072', kept: { pkcs8: Buffer.from('next private') } };

describe('the certificate for port 3804', () => {
  it('is staged, gets the certificate of a CA, and takes the place of the one before when somebody confirms it', async () => {
    await using test = await testDatabase();
    const { database } = test;
    const before = await loadOrCreateIdentity(database, secretKey, make);
    const staged = await stageCapfIdentity(database, secretKey, signing, key, author);
    assert.ok(staged.outcome === 'staged');
    assert.deepEqual(await stageCapfIdentity(database, secretKey, signing, key, author), { outcome: 'known' });
    const signed = { certificate: Buffer.from('signed'), chain: [Buffer.from('site')] };
    assert.equal(await replaceCapfCertificate(database, staged.id, signed, author), 'replaced');
    assert.ok((await readTrustBundle(database)).some(({ role, state }) => role === 'capf' && state === 'staged'));
    assert.equal(await activateCapfIdentity(database, staged.id, { confirmed: false }, author), 'unconfirmed');
    assert.deepEqual((await loadOrCreateIdentity(database, secretKey, make)).identity.id, before.identity.id);
    assert.equal(await activateCapfIdentity(database, staged.id, { confirmed: true }, author), 'activated');
    const { identity, issuer, created } = await loadOrCreateIdentity(database, secretKey, make);
    assert.deepEqual([identity.certificate.toString(), identity.chain.length, created], ['signed', 1, false]);
    assert.equal(identity.privateKey.toString(), 'next private');
    assert.equal(issuer.id, before.issuer.id, 'who signs LSCs stays');
    assert.deepEqual(
      (await listCapfIdentities(database)).map(({ id, state }) => [id, state]),
      [
        [staged.id, 'active'],
        [before.identity.id, 'retired'],
      ],
    );
    assert.equal(await replaceCapfCertificate(database, staged.id, signing, author), 'notStaged');
    assert.equal(await discardCapfIdentity(database, staged.id, author), 'notStaged');
  });

  it('is forgotten while it is staged, and its key too', async () => {
    await using test = await testDatabase();
    const { database } = test;
    await loadOrCreateIdentity(database, secretKey, make);
    const staged = await stageCapfIdentity(database, secretKey, signing, key, author);
    assert.ok(staged.outcome === 'staged');
    assert.equal(await discardCapfIdentity(database, staged.id, author), 'discarded');
    assert.equal(await discardCapfIdentity(database, staged.id, author), 'unknown');
    assert.equal((await database.queries.selectFrom('private_key').select('id').execute()).length, 1);
  });
});
