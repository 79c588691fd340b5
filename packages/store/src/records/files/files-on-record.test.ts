import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SecretKey } from '../../secrets/secret-key.js';
import { addDevice, addInstalledLsc, addIssuer, openSql, type Sql } from '../../testing/facts.js';
import { type TestDatabase, testDatabase } from '../../testing/index.js';
import { readTemplate } from '../configurations/configuration-templates.js';
import { deleteConfiguration, putConfiguration } from '../configurations/device-configuration.js';
import { readDeviceFile } from '../configurations/device-file.js';
import { deleteSymmetricKey, setSymmetricKey } from '../configurations/symmetric-keys.js';
import { putTemplate } from '../configurations/template-change.js';
import { deleteDevice } from '../devices/device-deletion.js';
import { putDevice } from '../devices/device-settings.js';
import { queueOperation } from '../operations/operation-queue.js';
import { changeProfile, createProfile } from '../profiles/profile-changes.js';
import { usualProfile } from '../profiles/security-profile.js';
import { readFilesOnRecord } from './files-on-record.js';

const author = { name: 'test' };
const name = 'SEP001122334455';
const secretKey = new SecretKey(randomBytes(32));

describe('what of the files is on record', () => {
  let test: TestDatabase;
  let sql: Sql;
  before(async () => {
    test = await testDatabase();
    sql = await openSql(test);
  });
  after(async () => {
    await sql[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });
  const states = async (...devices: string[]) => (await readFilesOnRecord(test.database, devices)).devices;

  it('is another state of a device after whatever its files are built from has changed, and none before the commit', async () => {
    const { database } = test;
    const issuer = await addIssuer(sql);
    const device = await addDevice(sql, name);
    await addDevice(sql, 'SEP0000000000F1');
    const xml = Buffer.from('<device/>');
    const template = async (text: string) =>
      await putTemplate(
        database,
        secretKey,
        'lobby',
        Buffer.from(text),
        { hasFieldsOf: () => true, bears: undefined },
        author,
      );
    await template('<device/>');
    const { version: templateVersion = 0 } = (await readTemplate(database, secretKey, 'lobby')) ?? {};
    const fromTemplate = { template: 'lobby', templateVersion, fields: {} };
    await createProfile(database, 'P', usualProfile, author);
    const operation = {
      ...({ kind: 'install', authenticationMode: 'nullString', keyOrder: 'rsaOnly' } as const),
      ...{ authenticationString: undefined, rsaKeySize: 2048, ecKeySize: 256, allowedNetworks: undefined },
      ...{ completesBy: new Date('9999-12-31'), replace: false },
    };
    const put = (settings: Parameters<typeof putDevice>[3]) => async () =>
      await putDevice(database, name, 'phone', settings, author);
    const change = (to: Parameters<typeof changeProfile>[2]) => async () =>
      await changeProfile(database, 'P', to, author);
    const changes: Readonly<Record<string, () => Promise<unknown>>> = {
      model: put({ model: '8845' }),
      protocol: put({ protocol: 'SIP' }),
      profile: put({ securityProfile: 'P' }),
      'encryption of the profile': change({ encryptedConfiguration: true }),
      'digest credentials': change({ excludeDigestCredentials: true }),
      'CAPF servers': change({ capfServers: ['192.0.2.1'] }),
      encryption: put({ encryptedConfiguration: false }),
      configuration: async () => await putConfiguration(database, secretKey, name, { xml }, author),
      'configuration from a template': async () =>
        await putConfiguration(database, secretKey, name, fromTemplate, author),
      'the template': async () => await template('<device></device>'),
      'no configuration': async () => await deleteConfiguration(database, name, author),
      'symmetric key': async () => await setSymmetricKey(database, secretKey, name, randomBytes(16), false, author),
      'no symmetric key': async () => await deleteSymmetricKey(database, name, author),
      operation: async () => await queueOperation(database, secretKey, name, () => operation, author),
      LSC: async () => await addInstalledLsc(sql, device, issuer),
      'another device of the name': async () => {
        await deleteDevice(database, name, author);
        await addDevice(sql, name);
      },
    };
    const others = await states('SEP0000000000F1');
    const seen = new Set<string | undefined>();
    for (const [what, work] of Object.entries({ nothing: async () => undefined, ...changes })) {
      await work();
      const state = (await states(name, 'SEP0000000000F2')).get(name);
      assert.ok(state !== undefined && !seen.has(state), what);
      seen.add(state);
      assert.equal((await readDeviceFile(database, secretKey, name))?.state, state, what);
    }
    assert.deepEqual(await states('SEP0000000000F1'), others);
    const before = await states(name);
    await sql.run('begin');
    await sql.run("update opencapf_private.device set model = '7970' where name = $1", [name]);
    assert.deepEqual(await states(name), before);
    await sql.run('commit');
    assert.notDeepEqual(await states(name), before);
  });

  it('is who signs, and the lists that are to be served', async () => {
    const read = async () => {
      const { signer, lists } = await readFilesOnRecord(test.database, []);
      assert.equal((await readDeviceFile(test.database, secretKey, name))?.signer ?? undefined, signer);
      return { signer, ...lists };
    };
    assert.deepEqual(await read(), { signer: undefined, itl: undefined, ctl: undefined });
    const [key] = await sql.run(`insert into opencapf_private.private_key (purpose, algorithm, public_key, sealed)
      values ('file-signer', 'RSA 2048', uuid_send(gen_random_uuid()), 'x') returning id`);
    const [made] = await sql.run(
      `insert into opencapf_private.file_signer (purpose, state, certificate, private_key_id) values ('tftp', 'active', 'x', $1)
       returning id, encode(certificate_sha256, 'hex') as sha256`,
      [key?.['id']],
    );
    const signer = String(made?.['sha256']);
    for (const version of ['1', '2'])
      for (const kind of ['itl', 'ctl'])
        await sql.run(
          "insert into opencapf_private.trust_list (kind, bytes, version, signer_id, certificates) values ($1, 'x', $2, $3, '{}')",
          [kind, version, made?.['id']],
        );
    assert.deepEqual(await read(), { signer, itl: '2', ctl: undefined });
    await sql.run('update opencapf_private.trust_list_plan set serves_ctl = true');
    assert.deepEqual(await read(), { signer, itl: '2', ctl: '2' });
  });
});
