import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { migrateDatabase } from '../../database/migrate.js';
import { migrations } from '../../migrations/index.js';
import { SecretKey } from '../../secrets/secret-key.js';
import { addDevice, addIssuer, openSql, type Sql } from '../../testing/facts.js';
import { type TestDatabase, testDatabase } from '../../testing/index.js';
import { retireIssuer } from '../authorities/issuer-states.js';
import { readTemplate } from '../configurations/configuration-templates.js';
import { deleteConfiguration, putConfiguration } from '../configurations/device-configuration.js';
import { readDeviceFile } from '../configurations/device-file.js';
import { setSymmetricKey } from '../configurations/symmetric-keys.js';
import { putTemplate } from '../configurations/template-change.js';
import { putDevice } from '../devices/device-settings.js';
import { findDevice } from '../operations/operation-at-work.js';
import { ensurePredefinedProfiles } from './predefined-profiles.js';
import { changeProfile, createProfile, deleteProfile } from './profile-changes.js';
import { readProfile } from './profile-list.js';
import { usualProfile } from './security-profile.js';

const author = { name: 'test' };
const encrypted = { ...usualProfile, encryptedConfiguration: true };

describe('security profiles', () => {
  let test: TestDatabase;
  let sql: Sql;
  let listener: Sql;
  const heard: string[] = [];
  before(async () => {
    test = await testDatabase();
    sql = await openSql(test);
    listener = await openSql(test);
    listener.client.on('notification', ({ payload }) => heard.push(String(payload)));
    await listener.run('listen device_changed');
  });
  after(async () => {
    await listener[Symbol.asyncDispose]();
    await sql[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });
  /** The devices that are announced while something is done. */
  const announced = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    // A notification reaches its session before the answer to a statement that was sent after the commit.
    await listener.run('select');
    heard.length = 0;
    await work();
    await listener.run('select');
    return [...heard].sort();
  };
  const shown = async (name: string): Promise<unknown> =>
    (await sql.run('select encr_config from device where name = $1', [name]))[0]?.['encr_config'];

  it('say whether the files of their devices are encrypted, unless the device says so itself', async () => {
    const [one, other] = ['SEP0000000000A1', 'SEP0000000000A2'] as const;
    assert.equal(await createProfile(test.database, 'A', encrypted, author), 'created');
    await putDevice(test.database, one, 'phone', { securityProfile: 'A' }, author);
    await putDevice(test.database, other, 'phone', { securityProfile: 'A', encryptedConfiguration: false }, author);
    await addDevice(sql, 'SEP0000000000A3');
    assert.deepEqual([await shown(one), await shown(other), await shown('SEP0000000000A3')], [true, false, null]);
    const change = async () => await changeProfile(test.database, 'A', { encryptedConfiguration: false }, author);
    assert.deepEqual(await announced(change), [one, other]);
    assert.equal(await shown(one), false);
  });

  it('keep their devices when they are renamed, and are deleted by nobody while they have some', async () => {
    const name = 'SEP0000000000B1';
    await createProfile(test.database, 'B', usualProfile, author);
    await putDevice(test.database, name, 'phone', { securityProfile: 'B' }, author);
    assert.equal(await deleteProfile(test.database, 'B', author), 'inUse');
    const rename = async () => assert.equal(await changeProfile(test.database, 'B', { name: 'C' }, author), 'changed');
    assert.deepEqual(await announced(rename), [], 'files are as they were');
    assert.equal((await readProfile(test.database, 'C'))?.devices, 1);
    assert.equal(await readProfile(test.database, 'B'), undefined);
    assert.equal(await changeProfile(test.database, 'C', { name: 'A' }, author), 'nameTaken');
    await putDevice(test.database, name, 'phone', { securityProfile: null }, author);
    assert.equal(await deleteProfile(test.database, 'C', author), 'deleted');
    const audited = await sql.run(
      `select action from opencapf_private.audit_entry where subject_kind = 'security-profile' and subject in ('B', 'C') order by id`,
    );
    assert.deepEqual(
      audited.map(({ action }) => action),
      ['profile.create', 'profile.change', 'profile.delete'],
    );
  });

  it('that are predefined are changed and deleted by nobody, whatever SQL they know', async () => {
    const predefined = { name: 'Standard', model: '8845', protocol: 'SIP' } as const;
    await ensurePredefinedProfiles(test.database, [predefined]);
    await ensurePredefinedProfiles(test.database, [predefined]);
    assert.equal(await changeProfile(test.database, 'Standard', { description: 'x' }, author), 'predefined');
    assert.equal(await deleteProfile(test.database, 'Standard', author), 'predefined');
    for (const attempt of [
      "update opencapf_private.security_profile set description = 'x'",
      'delete from opencapf_private.security_profile',
    ]) {
      await assert.rejects(sql.run(`${attempt} where name = 'Standard'`), { code: '23001' });
    }
  });

  it('are found, or made, when the CAPF settings of a device are changed on the device', async () => {
    const phone = { model: '8845', protocol: 'SIP' } as const;
    const put = async (name: string, capfSettings: object, more: object = {}) => {
      await putDevice(test.database, name, 'phone', { ...phone, ...more, capfSettings }, author);
      const [row] = await sql.run('select security_profile from opencapf_private.device where name = $1', [name]);
      return String(row?.['security_profile']);
    };
    await createProfile(test.database, 'Ours', { ...encrypted, ...phone, capfServers: ['capf.example:3804'] }, author);
    const made = await put('SEP0000000000D1', { keyOrder: 'ecOnly' }, { securityProfile: 'Ours' });
    assert.equal(made, 'Ours - By Null String EC-256');
    const { keyOrder, capfServers, encryptedConfiguration } = (await readProfile(test.database, made)) ?? assert.fail();
    assert.deepEqual([keyOrder, capfServers, encryptedConfiguration], ['ecOnly', ['capf.example:3804'], true]);
    assert.equal(
      await put('SEP0000000000D2', { keyOrder: 'ecOnly' }, { securityProfile: 'Ours' }),
      made,
      'the same is found',
    );
    assert.equal(await put('SEP0000000000D1', { keyOrder: 'rsaOnly' }), 'Ours');
    assert.equal(await put('SEP0000000000D1', { rsaKeySize: 2048 }), 'Ours', 'nothing changes');
    assert.equal(await put('SEP0000000000D3', {}), 'Standard', 'a predefined one suits');
    assert.equal(
      await put('SEP0000000000D3', { authenticationMode: 'existingCertificateLscFirst', rsaKeySize: 4096 }),
      'Standard - By Existing Certificate (Precedence to LSC) RSA-4096',
    );
    const names = await Promise.all(
      [4, 5, 6, 7].map((number) => put(`SEP0000000000D${number}`, { ecKeySize: 384, keyOrder: 'ecPreferred' })),
    );
    assert.deepEqual([...new Set(names)], ['8845 - SIP - By Null String EC-384-RSA-2048']);
  });

  it('say who signs for their devices, unless the device says so itself, and keep that authority', async () => {
    const [ours, other] = [await addIssuer(sql), await addIssuer(sql)];
    const nameOf = async (id: string) =>
      String((await sql.run('select name from opencapf_private.issuer where id = $1', [id]))[0]?.['name']);
    const device = 'SEP0000000000F1';
    assert.equal(
      await createProfile(test.database, 'F', { ...usualProfile, certificateIssuer: 'Nobody' }, author),
      'issuerUnknown',
    );
    await createProfile(test.database, 'F', { ...usualProfile, certificateIssuer: await nameOf(ours) }, author);
    await putDevice(test.database, device, 'phone', { securityProfile: 'F' }, author);
    assert.equal((await findDevice(test.database, device))?.issuer, Number(ours));
    await putDevice(test.database, device, 'phone', { certificateIssuer: await nameOf(other) }, author);
    assert.equal((await findDevice(test.database, device))?.issuer, Number(other));
    await putDevice(test.database, device, 'phone', { certificateIssuer: null }, author);
    assert.equal(await retireIssuer(test.database, Number(ours), author), 'inUse');
    await changeProfile(test.database, 'F', { certificateIssuer: null }, author);
    assert.equal(await retireIssuer(test.database, Number(ours), author), 'retired');
  });

  it('are made of what programs of before write, which says nothing of encryption', async () => {
    await addDevice(sql, 'SEP0000000000E1');
    await sql.run("update opencapf_private.device set security_profile = 'Old' where name = 'SEP0000000000E1'");
    await sql.run("insert into opencapf_private.device (name, security_profile) values ('SEP0000000000E2', 'Old')");
    const { devices, encryptedConfiguration } = (await readProfile(test.database, 'Old')) ?? assert.fail();
    assert.deepEqual([devices, encryptedConfiguration], [2, null]);
    assert.equal(await shown('SEP0000000000E2'), null);
    assert.equal(
      await putDevice(test.database, 'SEP0000000000E1', 'phone', { securityProfile: 'Nothing' }, author),
      'profileUnknown',
    );
  });
});

describe('what the files of a device are made from', () => {
  it('is sealed to the device, and changes with whatever it is made from', async () => {
    await using test = await testDatabase();
    await using sql = await openSql(test);
    const { database } = test;
    const secretKey = new SecretKey(randomBytes(32));
    const name = 'SEP001122334455';
    const xml = Buffer.from('<device><sshPassword>planted</sshPassword></device>');
    const read = async () => (await readDeviceFile(database, secretKey, name)) ?? assert.fail();
    await createProfile(database, 'P', { ...encrypted, keyOrder: 'ecOnly', capfServers: ['a', '[::1]:3805'] }, author);
    await putDevice(database, name, 'phone', { model: '8845', protocol: 'SIP' }, author);
    const bare = await read();
    const { configuration, certificate, encrypted: isEncrypted, profile } = bare;
    assert.deepEqual([configuration, certificate, isEncrypted, profile], [null, null, false, null]);
    await putDevice(database, name, 'phone', { securityProfile: 'P' }, author);
    assert.equal(await putConfiguration(database, secretKey, name, { xml }, author), 'created');
    const first = await read();
    assert.deepEqual([first.configuration, first.fields, first.encrypted], [xml, null, true]);
    assert.deepEqual(first.profile, {
      excludeDigestCredentials: false,
      capfServers: ['a', '[::1]:3805'],
    });
    assert.ok(first.updatedAt > bare.updatedAt);
    await deleteConfiguration(database, name, author);
    const putLobby = async (text: string) =>
      await putTemplate(
        database,
        secretKey,
        'lobby',
        Buffer.from(text),
        { hasFieldsOf: () => true, bears: undefined },
        author,
      );
    const early = { template: 'lobby', templateVersion: 1, fields: { password: 'planted too' } };
    assert.equal(await putConfiguration(database, secretKey, name, early, author), 'templateChanged');
    await putLobby('<device/>');
    const { version: templateVersion = 0 } = (await readTemplate(database, secretKey, 'lobby')) ?? {};
    const given = { ...early, templateVersion };
    assert.equal(await putConfiguration(database, secretKey, name, given, author), 'created');
    const second = await read();
    assert.deepEqual([second.configuration?.toString(), second.fields], ['<device/>', given.fields]);
    assert.ok(second.updatedAt > first.updatedAt);
    await putLobby('<device></device>');
    await setSymmetricKey(database, secretKey, name, randomBytes(16), false, author);
    const third = await read();
    assert.ok(third.updatedAt > second.updatedAt);
    assert.equal(third.hasSymmetricKey, true);
    const kept = JSON.stringify([
      await sql.run(
        "select sealed, sealed_fields, encode(sealed_fields, 'escape') from opencapf_private.device_configuration",
      ),
      await sql.run('select * from opencapf_private.audit_entry'),
    ]);
    assert.ok(!kept.includes('planted') && !kept.includes(Buffer.from('planted').toString('hex')));
    // Another device's row does not open what was sealed for this one.
    await addDevice(sql, 'SEP0000000000F1');
    await sql.run(`insert into opencapf_private.device_configuration (id, sealed, updated_by)
      select o.id, k.sealed, 'x' from opencapf_private.device_symmetric_key k, opencapf_private.device o where o.name = 'SEP0000000000F1'`);
    await assert.rejects(readDeviceFile(database, secretKey, 'SEP0000000000F1'), { code: 'sealed-value-unreadable' });
  });
});

describe('the migration to security profiles', () => {
  it('makes one of each text that a device named, of a model where all of its devices are of it', async () => {
    await using test = await testDatabase({ migrated: false });
    await using sql = await openSql(test);
    const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0004'));
    await migrateDatabase(test.database, before);
    await sql.run(`insert into opencapf_private.device (name, model, protocol, security_profile, encrypted_configuration) values
      ('SEP000000000001', '8845', 'SIP', 'One', null), ('SEP000000000002', '8845', 'SIP', 'One', true),
      ('SEP000000000003', '8845', 'SIP', 'Two', null), ('SEP000000000004', '7942', null, 'Two', null),
      ('SEP000000000005', null, null, '', null), ('SEP000000000006', null, null, null, null)`);
    await migrateDatabase(test.database);
    const made = await sql.run(
      'select name, model, protocol, predefined, encrypted_configuration from opencapf_private.security_profile order by name',
    );
    assert.deepEqual(made, [
      { name: 'One', model: '8845', protocol: 'SIP', predefined: false, encrypted_configuration: null },
      { name: 'Two', model: null, protocol: null, predefined: false, encrypted_configuration: null },
    ]);
    const contract = await sql.run('select encr_config from device order by name');
    assert.deepEqual(
      contract.map(({ encr_config }) => encr_config),
      [null, true, null, null, null, null],
    );
  });
});
