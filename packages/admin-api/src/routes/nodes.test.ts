import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { beat, noteDraining } from '@opencapf/store';
import { type Body, TestApi } from '../testing/api.js';

const mostRecent = (id: string, processId: number) => ({ id, host: 'capf-1', processId, version: '1.2.3' });

describe('nodes', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  it('are listed with their workers, sessions, clocks and whether they drain', async () => {
    const [one, worker, two] = [randomUUID(), randomUUID(), randomUUID()];
    const { database } = api.test;
    await beat(database, mostRecent(one, 10));
    await beat(database, { ...mostRecent(worker, 11), worker: { of: one, number: 1 } });
    await beat(database, { ...mostRecent(two, 12), host: 'capf-2' });
    await beat(database, mostRecent(one, 10), 61_000.4);
    await noteDraining(database, two);
    await api.sql.run(`update opencapf_private.node set heartbeat_at = now() - interval '2 minutes' where id = $1`, [
      two,
    ]);
    await api.sql.run(
      `insert into opencapf_private.session (wire_id, node_id, remote_address, remote_port, listener)
       select n, $1, '192.0.2.1', 1, 'capf' from generate_series(1, 3) n`,
      [worker],
    );
    await api.sql.run(`update opencapf_private.session set ended_at = now(), outcome = 'x' where wire_id = 1`);
    const { status, body } = await api.call('GET', '/v1/nodes');
    assert.equal(status, 200, JSON.stringify(body));
    const [first, second, ...rest] = body['items'] as readonly Body[];
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [first?.['host'], first?.['processId'], first?.['version'], first?.['alive'], first?.['clockOffsetMs']],
      ['capf-1', 10, '1.2.3', true, 61_000],
    );
    const [served, ...others] = first?.['workers'] as readonly Body[];
    assert.deepEqual([served?.['number'], served?.['liveSessions'], served?.['processId'], others], [1, 2, 11, []]);
    assert.deepEqual([second?.['host'], second?.['alive'], second?.['workers']], ['capf-2', false, []]);
    assert.equal(typeof second?.['drainingSince'], 'string');
    assert.equal(first?.['drainingSince'], null);
  });
});
