import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '@opencapf/protocol';
import { sumUpRefusals, trimSessions } from '@opencapf/store';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey, type Rig, today } from './testing/rig.js';
import { ordinaryPhone, ScriptedPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

function from(address: string, phone: ScriptedPhone): ScriptedPhone {
  Object.assign(phone, { peer: { ...phone.peer, remoteAddress: address } });
  return phone;
}

async function audited(rig: Rig): Promise<readonly object[]> {
  return await rig.rows(
    `select subject, remote_address, detail ->> 'reason' as reason, (detail ->> 'sessions')::integer as sessions
     from opencapf_private.audit_entry where action = 'authentication.refuse' order by id`,
  );
}

async function sessions(rig: Rig): Promise<number> {
  return (await rig.rows('select from opencapf_private.session')).length;
}

describe('refused sessions', () => {
  it('of a device and an address are told in the audit at once, and summed up when the minute is over', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { string: '1234' });
    const one = { subject: name, remote_address: '192.0.2.7', reason: 'authentication-string-missing', sessions: null };
    for (let again = 0; again < 15; again += 1) await rig.serve(ordinaryPhone({ name }));
    assert.deepEqual(await audited(rig), [one]);
    assert.equal(await sessions(rig), 10, 'the first ones have a record of their own');
    assert.equal(await sumUpRefusals(rig.services.database, new Date(today.getTime() + 59_999)), 0);
    assert.equal(await sumUpRefusals(rig.services.database, new Date(today.getTime() + 60_000)), 1);
    assert.deepEqual(await audited(rig), [one, { ...one, sessions: 15 }]);
    rig.setTime(new Date(today.getTime() + 60_000));
    await rig.serve(ordinaryPhone({ name }));
    await rig.serve(from('192.0.2.8', ordinaryPhone({ name })));
    assert.equal(await sumUpRefusals(rig.services.database, new Date(today.getTime() + 120_000)), 2);
    assert.equal((await audited(rig)).length, 4, 'one that was alone is not summed up');
  });

  it('of unknown devices count as of one device, whatever names they give, and IPv6 by its /64', async () => {
    await using rig = await makeRig();
    for (let number = 0; number < 40; number += 1) {
      await rig.serve(from(`2001:db8:1:2::${number}`, ordinaryPhone({ name: `x${number}` })));
    }
    assert.equal(await sessions(rig), 10);
    await sumUpRefusals(rig.services.database, new Date(today.getTime() + 60_000));
    assert.deepEqual(await audited(rig), [
      { subject: 'x0', remote_address: '2001:db8:1:2::0', reason: 'device-unknown', sessions: null },
      { subject: null, remote_address: '2001:db8:1:2::/64', reason: 'device-unknown', sessions: 40 },
    ]);
    assert.deepEqual(await rig.rows('select from opencapf_private.refusal'), []);
  });

  it('of garbage, with and without names, are counted together and bounded too', async () => {
    await using rig = await makeRig();
    const fault = new ProtocolError('element-header-truncated');
    for (let number = 0; number < 30; number += 1) {
      const garbage = number % 2 === 0 ? fault : fault.naming(`x${number}`);
      await rig.serve(new ScriptedPhone({ AuthRequest: () => garbage }));
    }
    assert.equal(await sessions(rig), 10);
    await sumUpRefusals(rig.services.database, new Date(today.getTime() + 60_000));
    assert.deepEqual(await audited(rig), [
      { subject: null, remote_address: '192.0.2.7', reason: 'phone-spoke-wrongly', sessions: null },
      { subject: null, remote_address: '192.0.2.7', reason: 'phone-spoke-wrongly', sessions: 30 },
    ]);
    await trimSessions(rig.services.database, today, { ofUnknownDevices: 4, ofDevice: 2 });
    assert.equal(await sessions(rig), 4);
  });

  it('may give any name that the wire can bear', async () => {
    await using rig = await makeRig();
    for (const odd of ["'; drop table device", '\u0001', '\u202e', 'é'.repeat(200), `${'x'.repeat(127)}📞`]) {
      assert.equal((await rig.serve(ordinaryPhone({ name: odd }))).ended, 9, JSON.stringify(odd));
    }
  });

  it('leave a bounded number of records', async () => {
    await using rig = await makeRig();
    const { database } = rig.services;
    await rig.queue(await rig.addDevice(name), { string: '1234' });
    for (let number = 0; number < 6; number += 1) {
      await rig.serve(ordinaryPhone({ name: `x${number}` }));
      await rig.serve(ordinaryPhone({ name }));
    }
    await rig.serve(ordinaryPhone({ name, password: '1234', publicKey: await phoneKey() }));
    assert.equal(await trimSessions(database, today), 0);
    assert.equal(await trimSessions(database, today, { ofUnknownDevices: 4, ofDevice: 2 }), 2 + 4);
    const kept = await rig.rows('select device_name as name, outcome from opencapf_private.session order by id');
    assert.deepEqual(kept, [
      { name: 'x2', outcome: 'device-unknown' },
      { name: 'x3', outcome: 'device-unknown' },
      { name: 'x4', outcome: 'device-unknown' },
      { name, outcome: 'authentication-string-missing' },
      { name: 'x5', outcome: 'device-unknown' },
      { name, outcome: 'authentication-string-missing' },
      { name, outcome: 'installed' },
    ]);
  });
});

describe('an unknown device', () => {
  it('looks like a refused one where names are hidden, and like none where they are not', async () => {
    await using rig = await makeRig();
    await rig.queue(await rig.addDevice(name), { string: '1234' });
    for (const [hideUnknownDevices, reason] of [
      [false, 9],
      [true, 7],
    ] as const) {
      for (const password of ['', '1235']) {
        const unknown = ordinaryPhone({ name: 'SEPFFFFFFFFFFFF', password });
        const refused = ordinaryPhone({ name, password });
        assert.equal((await rig.serve(unknown, { hideUnknownDevices })).ended, reason);
        assertHas(await rig.lastSession(), { outcome: 'device-unknown', end_reason: reason });
        assert.equal((await rig.serve(refused, { hideUnknownDevices })).ended, 7);
        if (hideUnknownDevices) assert.deepEqual(unknown.commands, refused.commands);
      }
    }
  });
});
