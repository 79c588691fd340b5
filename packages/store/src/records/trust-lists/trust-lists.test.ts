import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SecretKey } from '../../secrets/secret-key.js';
import { openSql, type Sql, type TestDatabase, testDatabase } from '../../testing/index.js';
import { stageCapfIdentity } from '../authorities/capf-identity-states.js';
import {
  addTrustListEntry,
  beginRecovery,
  currentTrustList,
  discardFileSigner,
  endRecovery,
  ensureFileSigners,
  exportRecoveryKey,
  listFileSigners,
  type NewFileSigner,
  readFileSigner,
  readListFetches,
  refreshTrustLists,
  releasePhones,
  removeRecoveryKey,
  removeTrustListEntry,
  serveCtl,
  stageFileSigner,
  switchFileSigner,
  type TrustListBuilder,
  type TrustListContent,
} from './index.js';

const author = { name: 'tester' };
const secretKey = new SecretKey(randomBytes(32));

/** Certificates are any bytes here: the store looks into none of them. */
function newSigner(name: string): NewFileSigner {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return {
    certificate: Buffer.from(`certificate of ${name}`),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }),
    algorithm: 'RSA 1024',
  };
}

const namesOf = ({ plan, signers, entries, capf }: TrustListContent): readonly string[] => [
  `by ${plan.signedBy}`,
  ...(plan.releasedTo === null ? [] : ['released']),
  ...signers.map(({ purpose, state, sha256 }) => `${purpose} ${state} ${sha256}`),
  ...entries.map(({ role, sha256 }) => `${role} ${sha256}`),
  ...capf.map((der) => der.toString('hex')),
];

/** Lists that say in words what they hold. */
const builder: TrustListBuilder = {
  versionOf: (kind, content) => `${kind} ${namesOf(content).join(';')}`,
  isCurrent: (kind, content, version) => version.endsWith(`${kind} ${namesOf(content).join(';')}`),
  build: async (kind, content, { id }) => ({
    bytes: Buffer.from(`${kind} by ${id}: ${namesOf(content).join('\n')}`),
    certificates: content.signers.map(({ sha256 }) => sha256),
  }),
};

describe('trust lists on record', () => {
  let test: TestDatabase;
  let sql: Sql;
  before(async () => {
    test = await testDatabase({ maxConnections: 8 });
    sql = await openSql(test);
    await ensureFileSigners(test.database, secretKey, async (purpose) => newSigner(purpose));
  });
  after(async () => {
    await sql[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  const refresh = async () => await refreshTrustLists(test.database, secretKey, builder);
  const signers = async () => await listFileSigners(test.database.queries);
  const active = async (purpose: string) =>
    (await signers()).find((one) => one.purpose === purpose && one.state === 'active');
  const keys = async (): Promise<number> =>
    (await sql.run("select from opencapf_private.private_key where purpose = 'file-signer'")).length;
  const fetched = async (device: string, version: string, kind: 'itl' | 'ctl' = 'itl'): Promise<void> => {
    await sql.run(`insert into opencapf_private.device (name) values ('${device}') on conflict do nothing`);
    await sql.run(
      `insert into opencapf_private.file_fetch (device_name, file, version, fetched_at) values ('${device}', '${kind}', '${version}', now())
       on conflict (device_name, file) do update set version = excluded.version`,
    );
  };
  const version = async (): Promise<string> => (await currentTrustList(test.database, 'itl'))?.version ?? '';

  it('has its signers made once, however many nodes start at the same time, with keys that open for nobody else', async () => {
    await using other = await testDatabase({ maxConnections: 8 });
    let made = 0;
    const starts = await Promise.all(
      [1, 2, 3].map(async (node) =>
        ensureFileSigners(other.database, secretKey, async (purpose) => {
          made += 1;
          return newSigner(`${purpose} ${node}`);
        }),
      ),
    );
    assert.deepEqual([made, starts.flat().length], [3, 3]);
    const key = await readFileSigner(other.database.queries, secretKey, 'tftp');
    assert.ok(key?.privateKey);
    await assert.rejects(readFileSigner(other.database.queries, new SecretKey(randomBytes(32)), 'tftp'), {
      code: 'sealed-value-unreadable',
    });
  });

  it('is built once for a content, by one of all nodes, and served byte for byte', async () => {
    assert.deepEqual((await Promise.all([refresh(), refresh(), refresh()])).flat(), ['itl']);
    const first = await currentTrustList(test.database, 'itl');
    assert.deepEqual(await refresh(), []);
    assert.deepEqual(await currentTrustList(test.database, 'itl'), first);
    assert.equal(await currentTrustList(test.database, 'ctl'), undefined);
    await serveCtl(test.database, true, author);
    assert.deepEqual(await refresh(), ['ctl']);
    assert.match(String((await currentTrustList(test.database, 'ctl'))?.bytes), /^ctl by/);
    await serveCtl(test.database, false, author);
    assert.equal(await currentTrustList(test.database, 'ctl'), undefined);
  });

  it('is not built against another node that writes the same content in another way', async () => {
    const other = {
      ...builder,
      versionOf: (kind: 'itl' | 'ctl', content: TrustListContent) => `other ${builder.versionOf(kind, content)}`,
    };
    for (let round = 0; round < 3; round += 1) {
      assert.deepEqual(await refreshTrustLists(test.database, secretKey, other), []);
      assert.deepEqual(await refresh(), []);
    }
  });

  it('is built anew for a certificate on record, and for a CAPF certificate that is staged', async () => {
    const entry = { role: 'CCM', certificate: Buffer.from('ccm'), dnsName: 'ccm.example', ipAddress: null } as const;
    const added = await addTrustListEntry(test.database, entry, author);
    assert.equal(added.outcome, 'added');
    assert.deepEqual(await addTrustListEntry(test.database, entry, author), { outcome: 'known' });
    assert.deepEqual(await refresh(), ['itl']);
    const { publicKey, privateKey, algorithm } = newSigner('capf');
    await stageCapfIdentity(
      test.database,
      secretKey,
      { certificate: Buffer.from('staged capf'), chain: [] },
      { publicKey, algorithm, kept: { pkcs8: privateKey } },
      author,
    );
    assert.deepEqual(await refresh(), ['itl']);
    assert.match(
      String((await currentTrustList(test.database, 'itl'))?.bytes),
      new RegExp(`\n${Buffer.from('staged capf').toString('hex')}$`),
    );
    const id = 'id' in added ? added.id : 0;
    assert.equal(await removeTrustListEntry(test.database, id, author), 'removed');
    assert.equal(await removeTrustListEntry(test.database, id, author), 'unknown');
    assert.deepEqual(await refresh(), ['itl']);
  });

  it('changes its signer only when every device that fetches has a list that holds the new one', async () => {
    const before = await active('sast');
    await fetched('SEP000000000001', await version());
    const change = async (override = false) => await switchFileSigner(test.database, 'sast', { override }, author);
    assert.deepEqual(await change(), { outcome: 'noneStaged' });
    assert.equal(await stageFileSigner(test.database, secretKey, 'sast', newSigner('sast 2'), author), 'staged');
    assert.equal(await stageFileSigner(test.database, secretKey, 'sast', newSigner('x'), author), 'stagedAlready');
    assert.deepEqual(await change(true), { outcome: 'notListed' });
    assert.deepEqual(await refresh(), ['itl']);
    assert.match(String((await currentTrustList(test.database, 'itl'))?.bytes), new RegExp(`^itl by ${before?.id}:`));
    const waiting = await change();
    assert.deepEqual(waiting, {
      outcome: 'waiting',
      fetches: { isListed: true, devices: 1, waiting: 1, waitingDevices: ['SEP000000000001'], elsewhere: 0 },
    });
    await fetched('SEP000000000001', await version());
    const kept = await keys();
    assert.deepEqual(await change(), { outcome: 'switched' });
    assert.equal(await keys(), kept - 1);
    const after = await active('sast');
    assert.notEqual(after?.id, before?.id);
    assert.deepEqual(await refresh(), ['itl']);
    assert.match(String((await currentTrustList(test.database, 'itl'))?.bytes), new RegExp(`^itl by ${after?.id}:`));
  });

  it('goes on without devices when an administrator says so, and forgets a staged signer', async () => {
    await fetched('SEP000000000002', 'of another time');
    await stageFileSigner(test.database, secretKey, 'tftp', newSigner('tftp 2'), author);
    await refresh();
    assert.equal((await switchFileSigner(test.database, 'tftp', { override: false }, author)).outcome, 'waiting');
    assert.equal((await switchFileSigner(test.database, 'tftp', { override: true }, author)).outcome, 'switched');
    await stageFileSigner(test.database, secretKey, 'tftp', newSigner('tftp 3'), author);
    const kept = await keys();
    assert.equal(await discardFileSigner(test.database, 'tftp', author), 'discarded');
    assert.deepEqual([await keys(), await discardFileSigner(test.database, 'tftp', author)], [kept - 1, 'noneStaged']);
    const { waitingDevices } = await readListFetches(test.database.queries, (await active('tftp'))?.sha256 ?? '');
    assert.ok(waitingDevices.includes('SEP000000000002'));
  });

  it('asks of a phone that has a CTL of ours, which is served no longer, that who signs lists stands in it, and of others not', async () => {
    await sql.run('delete from opencapf_private.file_fetch');
    await serveCtl(test.database, true, author);
    await refresh();
    await fetched('SEP000000000003', await version());
    await fetched('SEP000000000003', (await currentTrustList(test.database, 'ctl'))?.version ?? '', 'ctl');
    await serveCtl(test.database, false, author);
    for (const purpose of ['tftp', 'sast'] as const) {
      await stageFileSigner(test.database, secretKey, purpose, newSigner(`${purpose} after a CTL`), author);
      await refresh();
      await fetched('SEP000000000003', await version());
      const change = async () => (await switchFileSigner(test.database, purpose, { override: false }, author)).outcome;
      assert.equal(await change(), purpose === 'tftp' ? 'switched' : 'waiting');
    }
    await serveCtl(test.database, true, author);
    await refresh();
    await fetched('SEP000000000003', (await currentTrustList(test.database, 'ctl'))?.version ?? '', 'ctl');
    assert.equal((await switchFileSigner(test.database, 'sast', { override: false }, author)).outcome, 'switched');
    await serveCtl(test.database, false, author);
    await refresh();
  });

  it('gives its recovery key out once, keeps it until then, and forgets it when told', async () => {
    assert.equal(await removeRecoveryKey(test.database, author), 'notExported');
    const unlockable = (): never => assert.fail('it does not open again');
    await assert.rejects(exportRecoveryKey(test.database, secretKey, unlockable, author), /does not open again/);
    const lock = (key: Uint8Array): string => `locked ${key.length}`;
    const exported = await exportRecoveryKey(test.database, secretKey, lock, author);
    assert.ok(exported.outcome === 'exported' && exported.privateKey.startsWith('locked '));
    assert.deepEqual(await exportRecoveryKey(test.database, secretKey, lock, author), { outcome: 'exportedAlready' });
    assert.equal(await removeRecoveryKey(test.database, author), 'removed');
    assert.equal(await removeRecoveryKey(test.database, author), 'keyElsewhere');
    assert.equal((await active('recovery'))?.hasKey, false);
    const audited = await sql.run(
      "select action from opencapf_private.audit_entry where actor = 'tester' and action in ('file-signer.export', 'file-signer.remove-key')",
    );
    assert.equal(audited.length, 2);
  });

  it('is signed by a recovery key that is brought back, until devices know the new signer', async () => {
    const given = newSigner('recovery of before');
    const begin = async (override: boolean) =>
      await beginRecovery(test.database, secretKey, given, { override }, author);
    assert.equal(await begin(false), 'unlisted', 'phones know no such signer');
    assert.equal(await begin(true), 'begun');
    assert.equal(await stageFileSigner(test.database, secretKey, 'sast', newSigner('y'), author), 'inRecovery');
    await refresh();
    const recovery = await active('recovery');
    assert.match(String((await currentTrustList(test.database, 'itl'))?.bytes), new RegExp(`^itl by ${recovery?.id}:`));
    await sql.run('delete from opencapf_private.file_fetch');
    assert.equal((await endRecovery(test.database, { override: false }, author)).outcome, 'beliefUnknown');
    assert.equal((await endRecovery(test.database, { override: true }, author)).outcome, 'ended');
    await refresh();
    assert.equal((await endRecovery(test.database, { override: true }, author)).outcome, 'notInRecovery');
    assert.equal(await begin(false), 'begun', 'a list has held it');
    await refresh();
    assert.equal((await endRecovery(test.database, { override: false }, author)).outcome, 'ended');
    await refresh();
  });

  it('is one thing at a time: no signer is changed while phones are released, and the other way round', async () => {
    const other = { certificate: Buffer.from('other'), subject: 'CN=other', sharesKeyWith: () => false };
    assert.equal(await releasePhones(test.database, null, author), 'notReleased');
    await stageFileSigner(test.database, secretKey, 'sast', newSigner('sast 3'), author);
    assert.equal(await releasePhones(test.database, other, author), 'changing');
    await discardFileSigner(test.database, 'sast', author);
    assert.equal(await releasePhones(test.database, other, author), 'done');
    assert.equal(await stageFileSigner(test.database, secretKey, 'sast', newSigner('z'), author), 'released');
    assert.deepEqual(await refresh(), ['itl']);
    assert.equal(await releasePhones(test.database, null, author), 'done');
  });
});
