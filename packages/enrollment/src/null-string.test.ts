import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertHas } from './testing/assert-has.js';
import { makeRig, phoneKey, type Rig } from './testing/rig.js';
import { ordinaryPhone } from './testing/scripted-phone.js';

const name = 'SEP001122334455';

async function enrolsFrom(rig: Rig, address: string): Promise<number | string | undefined> {
  const phone = ordinaryPhone({ name, publicKey: await phoneKey() });
  Object.assign(phone, { peer: { ...phone.peer, remoteAddress: address } });
  return (await rig.serve(phone)).ended;
}

async function changedFrom(rig: Rig, operation: number): Promise<string | null> {
  const [row] = await rig.rows<{ before: string | null }>(
    'select host(address_changed_from) as before from opencapf_private.operation where id = $1',
    operation,
  );
  return row?.before ?? null;
}

describe('an operation by null string', () => {
  it('is for the allowed networks alone, and waits for them', async () => {
    await using rig = await makeRig();
    const operation = await rig.queue(await rig.addDevice(name));
    await rig.rows('update opencapf_private.operation set allowed_networks = $2 where id = $1', operation, [
      '192.0.2.0/25',
      '2001:db8::/32',
    ]);
    for (const address of ['192.0.2.128', '2001:db9::1', '127.0.0.1']) {
      assert.equal(await enrolsFrom(rig, address), 7, address);
      assertHas(await rig.lastSession(), { outcome: 'address-not-allowed', operation_id: operation });
      assertHas(await rig.operation(operation), { state: 'pending', wrong_strings: 0 });
    }
    assert.equal(await enrolsFrom(rig, '2001:db8:ffff::1'), 1);
  });

  it('is flagged when the LSC goes to another address than the device came from last', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    const first = await rig.queue(device);
    assert.equal(await enrolsFrom(rig, '192.0.2.1'), 1);
    assert.equal(await changedFrom(rig, first), null, 'nobody knows where it was before');
    const same = await rig.queue(device);
    assert.equal(await enrolsFrom(rig, '192.0.2.1'), 1);
    assert.equal(await changedFrom(rig, same), null);
    await enrolsFrom(rig, '192.0.2.66');
    assertHas(await rig.lastSession(), { outcome: 'lsc-gone' });
    const other = await rig.queue(device);
    assert.equal(await enrolsFrom(rig, '192.0.2.66'), 1);
    assert.equal(await changedFrom(rig, other), '192.0.2.1', 'a visit that proves nothing hides nothing');
    assertHas(await rig.operation(other), { state: 'successful' });
    assert.match((await rig.lastSession()).reason ?? '', /192\.0\.2\.66.*192\.0\.2\.1/);
    const audited = await rig.rows<{ before: string | null }>(
      `select detail ->> 'addressChangedFrom' as before from opencapf_private.audit_entry
       where action = 'lsc.install' order by id`,
    );
    assert.deepEqual(
      audited.map(({ before }) => before),
      [null, null, '192.0.2.1'],
    );
    const byString = await rig.queue(device, { string: '1234' });
    const phone = ordinaryPhone({ name, password: '1234', publicKey: await phoneKey() });
    assert.equal((await rig.serve(phone)).ended, 1);
    assert.equal(await changedFrom(rig, byString), null, 'a string proves who it is');
  });

  it('is flagged at the first time too, when the device was seen elsewhere', async () => {
    await using rig = await makeRig();
    const device = await rig.addDevice(name);
    await enrolsFrom(rig, '192.0.2.1');
    const operation = await rig.queue(device);
    assert.equal(await enrolsFrom(rig, '192.0.2.2'), 1);
    assert.equal(await changedFrom(rig, operation), '192.0.2.1');
  });
});
