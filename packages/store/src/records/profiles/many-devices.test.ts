import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { SecretKey } from '../../secrets/secret-key.js';
import { testDatabase } from '../../testing/index.js';
import { readTemplate } from '../configurations/configuration-templates.js';
import { putConfiguration } from '../configurations/device-configuration.js';
import { putTemplate } from '../configurations/template-change.js';
import { putDevice } from '../devices/device-settings.js';
import { changeProfile, createProfile } from './profile-changes.js';
import { readProfile } from './profile-list.js';
import { usualProfile } from './security-profile.js';

const author = { name: 'test' };

describe('what reaches many devices', () => {
  it('may be changed all at once, and no change waits for another that waits for it', async () => {
    await using test = await testDatabase();
    const { database } = test;
    const secretKey = new SecretKey(randomBytes(32));
    const names = Array.from({ length: 24 }, (_, n) => `SEP${n.toString(16).toUpperCase().padStart(12, '0')}`);
    const check = { hasFieldsOf: () => true, bears: () => true };
    const putLobby = async () =>
      await putTemplate(database, secretKey, 'lobby', Buffer.from('<device/>'), check, author);
    const give = async (name: string) => {
      const { version: templateVersion = 0 } = (await readTemplate(database, secretKey, 'lobby')) ?? {};
      const given = { template: 'lobby', templateVersion, fields: {} };
      return await putConfiguration(database, secretKey, name, given, author);
    };
    const judge = () => undefined;
    const rules = { judge, isSameModel: (one: string, other: string) => one === other };
    await createProfile(database, 'P', usualProfile, author);
    assert.deepEqual((await Promise.all([putLobby(), putLobby(), putLobby()])).map(({ outcome }) => outcome).sort(), [
      'created',
      'replaced',
      'replaced',
    ]);
    for (const name of names) await putDevice(database, name, 'phone', { securityProfile: 'P' }, author);
    for (const name of [...names].reverse()) assert.equal(await give(name), 'created');
    for (let round = 0; round < 6; round += 1) {
      const change = { encryptedConfiguration: round % 2 === 0, name: `P${round % 2}` };
      await Promise.all([
        putLobby(),
        changeProfile(database, round === 0 ? 'P' : `P${(round + 1) % 2}`, change, author, judge),
        putLobby(),
        ...names.slice(0, 4).map(async (name) => await give(name)),
        ...names
          .slice(2, 6)
          .map(
            async (name) => await putDevice(database, name, 'phone', { capfSettings: { rsaKeySize: 2048 } }, author),
          ),
        ...names
          .slice(4, 8)
          .map(async (name) => await putDevice(database, name, 'phone', { protocol: 'SIP' }, author, rules)),
      ]);
    }
    assert.equal((await readProfile(database, 'P1'))?.devices, names.length);
  });
});
