import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clearLockouts, forgetQuietGuessing, listLockouts } from '@opencapf/store';
import { sharedAddresses } from './phone-networks.js';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey, type Rig, today } from './testing/rig.js';
import { ordinaryPhone, type ScriptedPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';
const stranger = '198.51.100.66';
const home = '192.0.2.7';
const minute = 60_000;

function from(address: string, phone: ScriptedPhone): ScriptedPhone {
  Object.assign(phone, { peer: { ...phone.peer, remoteAddress: address } });
  return phone;
}

/** A try with a string, from an address. @returns the reason of END_SESSION */
async function tries(rig: Rig, password: string, address: string, device = name): Promise<number | string | undefined> {
  const publicKey = await phoneKey();
  return (await rig.serve(from(address, ordinaryPhone({ name: device, password, publicKey })))).ended;
}

async function outcome(rig: Rig): Promise<string | null> {
  return (await rig.lastSession()).outcome;
}

function later(minutes: number): Date {
  return new Date(today.getTime() + minutes * minute);
}

describe('guessing an authentication string', () => {
  it('is over for an address and a device after five wrong ones, and nobody else notices', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345678' });
    for (let wrong = 1; wrong <= 5; wrong += 1) {
      assert.equal(await tries(rig, '00000000', stranger), 7);
      assert.equal(await outcome(rig), 'authentication-string-wrong');
    }
    for (const password of ['00000001', '12345678']) {
      assert.equal(await tries(rig, password, stranger), 7);
      assertHas(await rig.lastSession(), { outcome: 'address-refused-for-device', end_reason: 7 });
    }
    assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: 5 });
    assert.equal(await tries(rig, '12345678', home), 1);
  });

  it('is possible again after 15 minutes, however often the address came meanwhile', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { string: '12345678' });
    for (let wrong = 1; wrong <= 5; wrong += 1) await tries(rig, '00000000', stranger);
    rig.setTime(later(14.9));
    await tries(rig, '12345678', stranger);
    assert.equal(await outcome(rig), 'address-refused-for-device');
    rig.setTime(later(15));
    for (let wrong = 1; wrong <= 4; wrong += 1) await tries(rig, '00000000', stranger);
    assert.equal(await tries(rig, '12345678', stranger), 1);
  });

  it('counts from the beginning after 15 quiet minutes, but not before', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { string: '12345678' });
    for (let wrong = 1; wrong <= 4; wrong += 1) await tries(rig, '00000000', stranger);
    rig.setTime(later(15));
    for (let wrong = 1; wrong <= 4; wrong += 1) await tries(rig, '00000000', stranger);
    rig.setTime(later(29.9));
    await tries(rig, '00000000', stranger);
    await tries(rig, '12345678', stranger);
    assert.equal(await outcome(rig), 'address-refused-for-device');
  });

  it('never counts an empty string, and locks no null string', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const operation = await rig.queue(device, { string: '1234' });
    for (let empty = 1; empty <= 20; empty += 1) assert.equal(await tries(rig, '', stranger), 7);
    assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: 0 });
    for (let wrong = 1; wrong <= 6; wrong += 1) await tries(rig, '0000', stranger);
    await rig.rows(
      `update opencapf_private.operation set state = 'cancelled', authentication_string = null, ended_at = now() where id = $1`,
      operation,
    );
    await rig.queue(device);
    assert.equal(await tries(rig, '0000', stranger), 1);
  });

  it('spends a string after so many wrong ones of all addresses as its length bears, and fails the operation', async () => {
    await using rig = await makeRig();
    for (const [string, bears] of [
      ['1234', 10],
      ['12345', 100],
    ] as const) {
      const device = `SEP00112233440${string.length}`;
      const operation = await rig.queue(await rig.addDevice(device), { string });
      const wrong = string.replaceAll(/./g, '0');
      for (let one = 1; one < bears; one += 1) await tries(rig, wrong, `10.0.${string.length}.${one}`, device);
      assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: bears - 1 });
      assert.equal(await tries(rig, wrong, '10.1.0.1', device), 7);
      assertHas(await rig.operation(operation), {
        state: 'failed',
        reason_code: 'authentication-string-spent',
        authentication_string: null,
      });
      assert.equal((await rig.shown(device))?.capf_auth_mode, 0);
      assert.equal(await tries(rig, string, home, device), 0);
      const failed = await rig.rows(
        `select outcome, detail ->> 'code' as code from opencapf_private.audit_entry
         where subject = $1 and action = 'operation.fail'`,
        device,
      );
      assert.deepEqual(failed, [{ outcome: 'failed', code: 'authentication-string-spent' }]);
    }
  });

  it('does not take an operation away from a phone that is at work, but from its next attempt', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    for (const stores of [true, false]) {
      const operation = await rig.queue(device, { string: '1234' });
      const usual = ordinaryPhone({ name, publicKey: await phoneKey() });
      let late: string | null = null;
      const phone = ordinaryPhone({
        name,
        password: '1234',
        but: {
          KeyGenerateRequest: async (request) => {
            for (let wrong = 1; wrong <= 10; wrong += 1) await tries(rig, '0000', `10.0.${Number(stores)}.${wrong}`);
            await tries(rig, '1234', '10.9.9.9');
            late = await outcome(rig);
            return stores ? usual.reactTo(request) : 'phone-left';
          },
          StoreCertificateRequest: (request) => usual.reactTo(request),
        },
      });
      await rig.serve(phone);
      assert.equal(late, 'authentication-string-spent');
      const { state, reason_code: code } = await rig.operation(operation);
      assert.deepEqual([state, code], stores ? ['successful', null] : ['failed', 'authentication-string-spent']);
    }
  });

  it('is over for an address that tried 50 devices, but not for loopback, a trusted proxy or a null string', async () => {
    await using rig = await makeRig();
    const names = Array.from({ length: 51 }, (_, number) => `SEP0000000000${number.toString().padStart(2, '0')}`);
    for (const device of names) await rig.queue(await rig.addDevice(device), { string: '12345678' });
    const devices = names.slice(0, 50);
    for (const [address, other, refused] of [
      [stranger, stranger, true],
      ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', true],
      ['127.0.0.1', '127.0.0.1', false],
      ['203.0.113.9', '203.0.113.9', false],
    ] as const) {
      const policy = { guessing: { ...rig.services.guessing, isShared: sharedAddresses(['203.0.113.0/24']) } };
      for (const device of devices) {
        await rig.serve(from(address, ordinaryPhone({ name: device, password: '00000000' })), policy);
      }
      await rig.serve(from(other, ordinaryPhone({ name: names[50] ?? '', password: '00000000' })), policy);
      assert.equal(await outcome(rig), refused ? 'address-refused' : 'authentication-string-wrong', address);
    }
    assert.equal(await tries(rig, '12345678', '2001:db8:1:3::1', names[50]), 1, 'another /64');
    const lockouts = await listLockouts(rig.services.database, {}, today, 100, undefined);
    assert.deepEqual(
      lockouts.rows.map(({ address, device, devices }) => [address, device, devices]),
      [
        ['2001:db8:1:2::/64', null, 50],
        [stranger, null, 50],
      ],
    );
  });

  it('bears five at the same time too', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345678' });
    await Promise.all(Array.from({ length: 30 }, async () => await tries(rig, '00000000', stranger)));
    assertHas(await rig.operation(operation), { wrong_strings: 5 });
  });

  it('can be forgiven by an administrator, and is forgotten', async () => {
    await using rig = await makeRig();
    const { database } = rig.services;
    await rig.queue(await rig.addDevice(name), { string: '12345678' });
    for (let wrong = 1; wrong <= 5; wrong += 1) await tries(rig, '00000000', stranger);
    const { rows } = await listLockouts(database, { device: name }, today, 10, undefined);
    assert.equal(rows.length, 1);
    assertHas(rows[0], { address: stranger, device: name, wrongStrings: 5, devices: 1 });
    assert.deepEqual(rows[0]?.refusedUntil, later(15));
    assert.deepEqual((await listLockouts(database, { device: 'SEP000000000000' }, today, 10, undefined)).rows, []);
    assert.deepEqual((await listLockouts(database, { address: '198.51.100.0/24' }, today, 10, undefined)).rows, rows);
    assert.equal(await clearLockouts(database, { address: home }, today, { name: 'test' }), 0);
    assert.equal(await clearLockouts(database, rows[0]?.id ?? 0, today, { name: 'test' }), 1);
    assert.equal(await tries(rig, '12345678', stranger), 1);
    assert.equal(await forgetQuietGuessing(database, later(14.9), 15 * minute), 0);
    assert.equal(await forgetQuietGuessing(database, later(15), 15 * minute), 1);
  });

  it('leaves a bounded number of counts, whatever it comes from', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { string: '12345678' });
    for (let one = 1; one <= 8; one += 1) {
      rig.setTime(later(one / 10));
      await tries(rig, '00000000', `2001:db8::${one}`);
    }
    await forgetQuietGuessing(rig.services.database, later(1), 15 * minute, 4);
    assert.deepEqual(
      await rig.rows(
        'select host(address) as one from opencapf_private.guessing where device_id is not null order by id',
      ),
      ['6', '7', '8'].map((one) => ({ one: `2001:db8::${one}` })),
    );
  });
});

describe('a stranger', () => {
  it('from another address cannot make an enrolment by a string fail that is not spent', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name), { string: '12345678' });
    const attacks = ['00000000', '', '1', '12345679', '1234567\u0000', '9'.repeat(5000)];
    for (let round = 0; round < 60; round += 1) {
      await tries(rig, attacks[round % attacks.length] ?? '', `198.51.100.${round % 12}`);
    }
    assertHas(await rig.operation(operation), { state: 'pending' });
    assert.equal(await tries(rig, '12345678', home), 1);
  });
});
