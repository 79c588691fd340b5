import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../database/connect.js';
import { SecretKey } from '../../secrets/index.js';
import { testDatabase } from '../../testing/index.js';
import { listAudit } from '../audit/audit-list.js';
import { loadOrCreateIdentity } from '../certificates/capf-identity.js';
import { readIssuerAnchors } from '../certificates/issuer-anchors.js';
import { discardIssuer, replaceIssuerCertificate, stageIssuer } from './issuer-making.js';
import { activateIssuer, makeDefaultIssuer, retireIssuer } from './issuer-states.js';
import { readIssuerKey } from './signing-keys.js';
import { readAuthorityVersion, readTrustBundle } from './trust-bundle.js';

const secretKey = new SecretKey(Buffer.alloc(32, 1));
const author = { name: 'test' };
const first = {
  certificate: Buffer.from('first'),
  publicKey: Buffer.from('first key'),
  privateKey: Buffer.from('first private'),
  algorithm: 'RSA 2048',
};

async function begin(database: Database): Promise<number> {
  return (await loadOrCreateIdentity(database, secretKey, async () => first)).issuer.id;
}

async function stage(database: Database, name = 'second'): Promise<number> {
  const staged = await stageIssuer(
    database,
    secretKey,
    {
      name,
      kind: 'local',
      signing: { certificate: Buffer.from(`${name} certificate`), chain: [Buffer.from('root')] },
      key: {
        publicKey: Buffer.from(`${name} key`),
        algorithm: 'EC P-256',
        kept: { pkcs8: Buffer.from(`${name} private`) },
      },
    },
    author,
  );
  return staged.outcome === 'staged' ? staged.id : assert.fail(staged.outcome);
}

const anchorsOf = async (database: Database): Promise<readonly string[]> =>
  (await readIssuerAnchors(database)).map(({ der }) => der.toString());

describe('an issuer', () => {
  it('is staged, activated when somebody confirms it, made the default, and the one before is retired', async () => {
    await using test = await testDatabase();
    const { database } = test;
    const old = await begin(database);
    const id = await stage(database);
    assert.deepEqual(await anchorsOf(database), ['first'], 'a staged issuer vouches for nobody');
    assert.deepEqual(
      (await readTrustBundle(database)).map(({ role, name, state }) => [role, name, state]),
      [
        ['issuer', 'local', 'active'],
        ['issuer', 'second', 'staged'],
        ['capf', '1', 'active'],
      ],
    );
    assert.equal(await makeDefaultIssuer(database, id, author), 'notActive');
    assert.equal(await activateIssuer(database, id, { confirmed: false }, author), 'unconfirmed');
    const before = await readAuthorityVersion(database);
    assert.equal(await activateIssuer(database, id, { confirmed: true, makeDefault: true }, author), 'activated');
    assert.notEqual(await readAuthorityVersion(database), before);
    assert.equal(await activateIssuer(database, id, { confirmed: true }, author), 'notStaged');
    assert.deepEqual(await anchorsOf(database), ['second certificate', 'first']);
    assert.equal(await retireIssuer(database, id, author), 'isDefault');
    assert.equal(await retireIssuer(database, old, author), 'retired');
    assert.equal(await retireIssuer(database, old, author), 'notActive');
    assert.deepEqual(await anchorsOf(database), ['second certificate', 'first'], 'a retired issuer still vouches');
    assert.equal(await retireIssuer(database, id, author), 'isLast');
    const entries = await database.queries
      .selectFrom('audit_entry')
      .where('subject_kind', '=', 'issuer')
      .select('action')
      .orderBy('id', 'desc')
      .execute();
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['issuer.retire', 'issuer.activate', 'issuer.create'],
    );
  });

  it('is not retired while devices ask for it, nor forgotten', async () => {
    await using test = await testDatabase();
    const { database } = test;
    await begin(database);
    const [id, staged] = [await stage(database), await stage(database, 'third')];
    await activateIssuer(database, id, { confirmed: true }, author);
    await database.prepared('', 'insert into opencapf_private.device (name, kind, issuer_id) values ($1, $2, $3)', [
      'SEP001122334455',
      'phone',
      id,
    ]);
    assert.equal(await retireIssuer(database, id, author), 'inUse');
    await database.prepared('', 'update opencapf_private.device set issuer_id = $1', [staged]);
    assert.equal(await discardIssuer(database, staged, author), 'inUse');
    assert.equal(await retireIssuer(database, id, author), 'retired');
  });

  it('gets another certificate or is forgotten with its key only while it is staged', async () => {
    await using test = await testDatabase();
    const { database } = test;
    const active = await begin(database);
    const id = await stage(database);
    const signed = { certificate: Buffer.from('signed by the site'), chain: [Buffer.from('site')] };
    assert.equal(await replaceIssuerCertificate(database, id, signed, author), 'replaced');
    assert.equal(await replaceIssuerCertificate(database, active, signed, author), 'notStaged');
    const key = await readIssuerKey(database, secretKey, id);
    assert.deepEqual([key?.certificate.toString(), key?.pkcs8?.toString()], ['signed by the site', 'second private']);
    assert.equal(await discardIssuer(database, active, author), 'notStaged');
    assert.equal(await discardIssuer(database, id, author), 'discarded');
    assert.equal(await discardIssuer(database, id, author), 'unknown');
    const keys = await database.queries.selectFrom('private_key').select('algorithm').execute();
    assert.deepEqual(keys, [{ algorithm: 'RSA 2048' }]);
  });

  it('has a name of its own, and its secrets open for itself alone', async () => {
    await using test = await testDatabase();
    const { database } = test;
    await begin(database);
    const made = {
      name: 'hsm',
      kind: 'local' as const,
      signing: { certificate: Buffer.from('hsm'), chain: [] },
      key: {
        publicKey: Buffer.from('hsm key'),
        algorithm: 'RSA 3072',
        kept: { location: { kind: 'pkcs11', keyLabel: 'lsc' } },
      },
      secrets: { pin: 'planted pin' },
    };
    const staged = await stageIssuer(database, secretKey, made, author);
    assert.ok(staged.outcome === 'staged');
    assert.deepEqual(await stageIssuer(database, secretKey, made, author), { outcome: 'nameTaken' });
    const key = await readIssuerKey(database, secretKey, staged.id);
    assert.deepEqual([key?.pkcs8, key?.location, key?.secrets], [undefined, made.key.kept.location, made.secrets]);
    const audit = JSON.stringify(await listAudit(database, {}, 10, undefined));
    assert.doesNotMatch(audit, /planted/);
  });
});
