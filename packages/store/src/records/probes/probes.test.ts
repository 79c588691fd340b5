import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { testDatabase } from '../../testing/database.js';
import { openSql } from '../../testing/facts.js';
import { beat, forgetNode } from '../nodes/nodes.js';
import { endLostProbes, finishProbe, queueProbe, readProbe, takeProbe } from './probes.js';

const hour = 3_600_000;
const author = { name: 'admin' };

test('a probe ends with a reason when its node is gone or its session broke off, and others run on', async () => {
  await using at = await testDatabase();
  await using sql = await openSql(at);
  const { database } = at;
  const now = new Date();
  const [alive, dead] = [randomUUID(), randomUUID()];
  for (const id of [alive, dead]) await beat(database, { id, host: 'here', processId: 1, version: '0' });
  const taken = async (name: string, node: string): Promise<number> => {
    await sql.run('insert into opencapf_private.device (name) values ($1)', [name]);
    const wanted = { exchange: 'signCertificate', model: undefined, firmware: undefined };
    const id = await queueProbe(database, name, { ...wanted, expiresAt: new Date(now.getTime() + hour) }, now, author);
    assert.notEqual(await takeProbe(database, id ?? 0, node, now), undefined);
    return id ?? 0;
  };
  const [running, orphan, broken] = ['SEP000000000001', 'SEP000000000002', 'SEP000000000003'] as const;
  await taken(running, alive);
  const lost = await taken(orphan, dead);
  const old = await taken(broken, alive);
  await sql.run(`update opencapf_private.probe set taken_at = now() - interval '3 hours' where id = $1`, [old]);
  await forgetNode(database, dead);

  assert.equal(await endLostProbes(database, 2 * hour), 2);
  assert.equal((await readProbe(database, running))?.state, 'running');
  for (const [name, says] of [
    [orphan, /^The node that carried it out is gone\./],
    [broken, /^The session broke off\./],
  ] as const) {
    const { state, reason, endedAt, evidence } = (await readProbe(database, name)) ?? {};
    assert.equal(state, 'cancelled');
    assert.match(reason ?? '', says);
    assert.notEqual(endedAt, undefined);
    assert.equal(evidence, undefined);
  }
  const audited = await sql.run(
    `select subject from opencapf_private.audit_entry where action = 'probe.lost' order by 1`,
  );
  assert.deepEqual(audited, [{ subject: orphan }, { subject: broken }]);

  // A session that turns out to be alive after all changes nothing any more.
  await finishProbe(database, lost, orphan, { findings: [] }, now, '192.0.2.1');
  assert.equal((await readProbe(database, orphan))?.state, 'cancelled');
  assert.equal(await endLostProbes(database, 2 * hour), 0);
});
