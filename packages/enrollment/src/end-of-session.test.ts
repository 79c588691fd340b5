import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRig, phoneKey, today } from './testing/rig.js';
import { type OrdinaryPhone, ordinaryPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

test('a phone is told how its session ended when every node gives files of what came of it, and not before', async () => {
  await using rig = await makeRig();
  const device = await rig.addDevice(name);
  /** What was on record while the phone waited for its last word, once for each time that it did. */
  const waits = async (phone: Omit<OrdinaryPhone, 'name'>): Promise<readonly object[]> => {
    const seen: object[] = [];
    const scripted = ordinaryPhone({ name, ...phone });
    const knownEverywhere = async (): Promise<void> => {
      const { md5hash, capf_auth_mode: mode } = (await rig.shown(name)) ?? assert.fail('the device is gone');
      const { outcome } = await rig.lastSession();
      seen.push({ outcome, hasHash: md5hash !== null, mode, told: scripted.ended });
    };
    await rig.serve(scripted, { knownEverywhere });
    assert.equal(typeof scripted.ended, 'number');
    return seen;
  };
  await rig.queue(device);
  assert.deepEqual(await waits({ publicKey: await phoneKey() }), [
    { outcome: 'installed', hasHash: true, mode: 0, told: undefined },
  ]);
  assert.deepEqual(await waits({}), [{ outcome: 'lsc-gone', hasHash: false, mode: 0, told: undefined }]);
  assert.deepEqual(await waits({ certificate: Buffer.from('none') }), [
    { outcome: 'key-refused', hasHash: false, mode: 0, told: undefined },
  ]);
  await rig.queue(device, { kind: 'troubleshoot' });
  assert.deepEqual(await waits({}), [{ outcome: 'operation-failed', hasHash: false, mode: 0, told: undefined }]);
  // It ends where it is found out that its time has passed.
  await rig.queue(device, { completesBy: new Date(today.getTime() - 1) });
  assert.deepEqual(await waits({ version: 2 }), [
    { outcome: 'nothing-pending', hasHash: false, mode: 0, told: undefined },
  ]);
  await rig.queue(device, { kind: 'delete' });
  assert.deepEqual(await waits({}), [{ outcome: 'deleted', hasHash: false, mode: 0, told: undefined }]);
  // Whoever is hung up on waits for nothing, and who is unknown as long as who is known.
  await rig.queue(device);
  const silent = ordinaryPhone({ name, but: { KeyGenerateRequest: () => 'phone-left' } });
  await rig.serve(silent, { knownEverywhere: async () => assert.fail('nobody is there') });
  let strangers = 0;
  const stranger = ordinaryPhone({ name: 'SEP00000000FFFF' });
  await rig.serve(stranger, {
    knownEverywhere: async () => {
      strangers += 1;
    },
  });
  assert.equal(strangers, 1);
});
