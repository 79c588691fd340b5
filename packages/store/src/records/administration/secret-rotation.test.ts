import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkSecretKey } from '../../secrets/key-check.js';
import { SecretKey } from '../../secrets/secret-key.js';
import { addDevice, openSql, type Sql } from '../../testing/facts.js';
import { type TestDatabase, testDatabase } from '../../testing/index.js';
import { signAuditHeads } from '../audit/audit-heads.js';
import { AuditSigner } from '../audit/audit-signature.js';
import { verifyAudit } from '../audit/audit-verify.js';
import { loadOrCreateIdentity } from '../certificates/capf-identity.js';
import { readTemplate } from '../configurations/configuration-templates.js';
import { putConfiguration } from '../configurations/device-configuration.js';
import { readDeviceFile } from '../configurations/device-file.js';
import { readSymmetricKey, setSymmetricKey } from '../configurations/symmetric-keys.js';
import { putTemplate } from '../configurations/template-change.js';
import { beat, forgetNode } from '../nodes/nodes.js';
import { openAuthenticationString } from '../operations/authentication-string.js';
import { queueOperation } from '../operations/operation-queue.js';
import { ensureFileSigners, readFileSigner } from '../trust-lists/file-signers.js';
import { rotateSecretKey } from './secret-rotation.js';
import { createToken, findAdministrator } from './tokens.js';

const before = new SecretKey(Buffer.alloc(32, 1));
const after = new SecretKey(Buffer.alloc(32, 2));
const third = new SecretKey(Buffer.alloc(32, 3));
const privateKey = Buffer.from('a private key, as far as the store knows');
const file = Buffer.from('<device><sshPassword>secret</sshPassword></device>');
const template = Buffer.from(`<device><sshPassword>\${password}</sshPassword></device>`);
const fields = { password: 'secret' };
const handKey = Buffer.alloc(16, 7);
const phone = (index: number): string => `SEP00000000000${index}`;
const strings = ['1234', '12345', '123456', '1234567', '12345678'];

class Rig implements AsyncDisposable {
  private constructor(
    readonly test: TestDatabase,
    readonly sql: Sql,
    readonly dataDir: string,
    readonly token: string,
    readonly operations: readonly number[],
  ) {}

  static async start(): Promise<Rig> {
    const test = await testDatabase();
    const { database } = test;
    const sql = await openSql(test);
    const dataDir = await mkdtemp(join(tmpdir(), 'opencapf-rotation-'));
    const key = await checkSecretKey(database, before);
    const made = { certificate: randomBytes(9), publicKey: randomBytes(9), privateKey, algorithm: 'RSA 2048' };
    await loadOrCreateIdentity(database, key, async () => made);
    const { token } = await createToken(database.queries, key, { name: 'x', role: 'viewer' }, { name: 'test' });
    const operations: number[] = [];
    for (const [index, authenticationString] of strings.entries()) {
      const device = phone(index);
      await addDevice(sql, device);
      const wanted = {
        kind: 'install',
        authenticationMode: 'authenticationString',
        authenticationString,
        keyOrder: 'rsaOnly',
        rsaKeySize: 2048,
        ecKeySize: 256,
        completesBy: new Date(Date.now() + 60_000),
        allowedNetworks: undefined,
        replace: false,
      } as const;
      const queued = await queueOperation(database, key, device, () => wanted, { name: 'test' });
      operations.push(queued.outcome === 'queued' ? queued.operation : 0);
    }
    await putConfiguration(database, key, phone(0), { xml: file }, { name: 'test' });
    await putTemplate(
      database,
      key,
      'lobby',
      template,
      { hasFieldsOf: () => true, bears: undefined },
      { name: 'test' },
    );
    const { version: templateVersion = 0 } = (await readTemplate(database, key, 'lobby')) ?? {};
    const filled = { template: 'lobby', templateVersion, fields };
    await putConfiguration(database, key, phone(1), filled, { name: 'test' });
    await setSymmetricKey(database, key, phone(2), handKey, false, { name: 'test' });
    await ensureFileSigners(database, key, async (purpose) => ({
      certificate: Buffer.from(purpose),
      publicKey: randomBytes(9),
      privateKey: Buffer.from(`the key of ${purpose}`),
      algorithm: 'RSA 2048',
    }));
    await signAuditHeads(database, new AuditSigner(key), dataDir);
    return new Rig(test, sql, dataDir, token, operations);
  }

  async rotate(to: SecretKey = after, from: SecretKey = before) {
    const { database } = this.test;
    return await rotateSecretKey({ database, dataDir: this.dataDir, before: from, after: to, batch: 2 });
  }

  /** That everything opens with a key, and that it is the database's. */
  async isUnder(key: SecretKey): Promise<void> {
    const { database } = this.test;
    const checked = await checkSecretKey(database, key);
    for (const [index, operation] of this.operations.entries()) {
      const [row] = await this.sql.run('select authentication_string from opencapf_private.operation where id = $1', [
        operation,
      ]);
      const sealed = row?.['authentication_string'] as Buffer;
      assert.equal(openAuthenticationString(checked, operation, sealed), strings[index]);
    }
    const [whole, filled] = await Promise.all([0, 1].map((index) => readDeviceFile(database, checked, phone(index))));
    assert.deepEqual([whole?.configuration, whole?.fields], [file, null]);
    assert.deepEqual([filled?.configuration, filled?.fields], [template, fields]);
    assert.deepEqual((await readSymmetricKey(database, checked, phone(2), { name: 'test' }))?.key, handKey);
    const { identity } = await loadOrCreateIdentity(database, checked, async () => assert.fail('an identity is there'));
    assert.deepEqual(identity.privateKey, privateKey);
    for (const purpose of ['tftp', 'sast', 'recovery'] as const) {
      const signer = await readFileSigner(database.queries, checked, purpose);
      assert.equal(signer?.privateKey.toString(), `the key of ${purpose}`);
    }
    assert.equal((await findAdministrator(database.queries, checked, this.token, undefined, new Date()))?.name, 'x');
    const { faults } = await verifyAudit(database, new AuditSigner(checked), this.dataDir);
    assert.deepEqual(faults, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql[Symbol.asyncDispose]();
    await this.test[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true });
  }
}

describe('replacing the secret key', () => {
  it('seals everything anew; tokens, numbers of sessions and the audit stay good; the old key opens nothing', async () => {
    await using rig = await Rig.start();
    await rig.isUnder(before);
    assert.deepEqual(await rig.rotate(), {
      privateKeys: 4,
      authenticationStrings: strings.length,
      authoritySecrets: 0,
      configurations: 3,
      symmetricKeys: 1,
    });
    await rig.isUnder(after);
    await assert.rejects(checkSecretKey(rig.test.database, before), { code: 'secret-key-mismatch' });
    const first = (await checkSecretKey(rig.test.database, after)).keyedHash('session numbers', 'x');
    await rig.rotate(third, after);
    assert.deepEqual((await checkSecretKey(rig.test.database, third)).keyedHash('session numbers', 'x'), first);
    const audited = await rig.sql.run(
      `select action, subject from opencapf_private.audit_entry where subject_kind = 'secret-key' order by id limit 2`,
    );
    assert.deepEqual(audited, [
      { action: 'secret-key.rotate.begin', subject: after.id },
      { action: 'secret-key.rotate', subject: after.id },
    ]);
  });

  it('goes on where it was interrupted, and lets nobody start or take another key meanwhile', async () => {
    await using rig = await Rig.start();
    await rig.sql.run(`
      create function fail_now() returns trigger language plpgsql as
        $f$ begin raise exception 'interrupted'; end $f$;
      create trigger fail_now before update of authentication_string on opencapf_private.operation
        for each row when (new.id = ${rig.operations[3]}) execute function fail_now()`);
    await assert.rejects(rig.rotate(), /interrupted/);
    const moved = await rig.sql.run(
      `select id from opencapf_private.operation where substring(authentication_string from 2 for 8) = $1 order by id`,
      [Buffer.from(after.id, 'hex')],
    );
    assert.deepEqual(
      moved.map(({ id }) => Number(id)),
      rig.operations.slice(0, 2),
    );
    for (const key of [before, after, third]) {
      await assert.rejects(checkSecretKey(rig.test.database, key), { code: 'secret-key-rotation-unfinished' });
    }
    await assert.rejects(rig.rotate(third), { code: 'secret-key-rotation-other' });
    await rig.sql.run('drop trigger fail_now on opencapf_private.operation');
    assert.deepEqual(await rig.rotate(), {
      privateKeys: 0,
      authenticationStrings: strings.length - 2,
      authoritySecrets: 0,
      configurations: 3,
      symmetricKeys: 1,
    });
    await rig.isUnder(after);
  });

  it('may be said twice, as for the data directory of another node', async () => {
    await using rig = await Rig.start();
    await rig.rotate();
    assert.deepEqual(await rig.rotate(), {
      privateKeys: 0,
      authenticationStrings: 0,
      authoritySecrets: 0,
      configurations: 0,
      symmetricKeys: 0,
    });
    await rig.isUnder(after);
  });

  it('changes nothing while a node lives, with a wrong key, the same key, or a value that does not open', async () => {
    await using rig = await Rig.start();
    const { database } = rig.test;
    const node = { id: '00000000-0000-4000-8000-000000000001', host: 'here', processId: 7, version: '0' };
    await beat(database, node);
    await assert.rejects(rig.rotate(), { code: 'secret-key-rotation-nodes-alive', message: /here, process 7/ });
    await forgetNode(database, node.id);
    await assert.rejects(rig.rotate(before), { code: 'secret-key-unchanged' });
    await assert.rejects(rig.rotate(after, third), { code: 'secret-key-mismatch' });
    await rig.isUnder(before);
    await rig.sql.run(
      `update opencapf_private.operation set authentication_string = (
         select authentication_string from opencapf_private.operation where id = $1) where id = $2`,
      [rig.operations[0], rig.operations[4]],
    );
    await assert.rejects(rig.rotate(), {
      code: 'sealed-value-unreadable',
      message: new RegExp(`row ${rig.operations[4]}`),
    });
    await checkSecretKey(database, before);
    const moved = await rig.sql.run(
      'select id from opencapf_private.operation where substring(authentication_string from 2 for 8) = $1',
      [Buffer.from(after.id, 'hex')],
    );
    assert.deepEqual(moved, []);
  });
});
