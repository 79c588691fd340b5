import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { certificateMd5 } from '@opencapf/pki';
import { type Answer, type Body, certificateFor, foreignIssuer, TestApi } from '../testing/api.js';

describe('a certificate that is not to be believed any more', () => {
  let api: TestApi;
  let rounds = 0;
  const announced: string[] = [];
  before(async () => {
    api = await TestApi.start();
    api.sql.client.on('notification', ({ payload }) => announced.push(payload ?? ''));
    await api.sql.run('listen device_changed');
  });
  after(async () => await api[Symbol.asyncDispose]());

  /** What was announced since this was asked last: notifications come in the order of the commits. */
  async function heard(): Promise<readonly string[]> {
    rounds += 1;
    const mark = `round ${rounds}`;
    await api.test.database.prepared('mark', "select pg_notify('device_changed', $1)", [mark]);
    while (announced.at(-1) !== mark) await once(api.sql.client, 'notification');
    return announced.splice(0).slice(0, -1);
  }
  const record = async (name: string, bytes: Uint8Array): Promise<number> => {
    const answer = await api.call('PUT', `/v1/devices/${name}/certificate?force=true`, {
      payload: Buffer.from(bytes),
      headers: { 'content-type': 'application/pkix-cert' },
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return Number(answer.body['id']);
  };
  const recordMic = async (name: string): Promise<{ readonly id: number; readonly bytes: Uint8Array }> => {
    const bytes = await certificateFor(await foreignIssuer(), `CP-8845-${name}`);
    return { id: await record(name, bytes), bytes };
  };
  const recordLsc = async (name: string): Promise<number> => await record(name, await certificateFor(api.issuer, name));
  const revoke = async (id: number | string, body: unknown = { reason: 'keyCompromise' }): Promise<Answer> =>
    await api.call('POST', `/v1/certificates/${id}/revoke`, { body });
  const shown = async (name: string): Promise<unknown> =>
    (await api.sql.run('select md5hash from public.device where name = $1', [name]))[0]?.['md5hash'];
  const entries = async (name: string): Promise<readonly Record<string, unknown>[]> =>
    await api.sql.run(
      "select action, detail ->> 'reason' as reason from opencapf_private.audit_entry where subject = $1 and action in ('certificate.revoke', 'lsc.forget') order by id",
      [name],
    );

  it('falls back to nothing where there is no MIC, and is announced', async () => {
    const name = await api.addDevice();
    const id = await recordLsc(name);
    await heard();
    const answer = await revoke(id);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual([answer.body['state'], answer.body['revocationReason']], ['revoked', 'keyCompromise']);
    assert.equal(await shown(name), null);
    assert.deepEqual(await heard(), [name]);
    assert.deepEqual(await entries(name), [{ action: 'certificate.revoke', reason: 'keyCompromise' }]);
    const { body } = await api.call('GET', '/v1/devices?lsc=none');
    assert.ok((body['items'] as Body[]).some((item) => item['name'] === name));
  });

  it('falls back to the MIC on record', async () => {
    const name = await api.addDevice();
    const mic = await recordMic(name);
    const lsc = await recordLsc(name);
    await revoke(lsc);
    assert.equal(await shown(name), certificateMd5(mic.bytes));
    await revoke(mic.id, { reason: 'cessationOfOperation' });
    assert.equal(await shown(name), null);
    const again = await api.call('PUT', `/v1/devices/${name}/certificate?force=true`, {
      payload: Buffer.from(mic.bytes),
      headers: { 'content-type': 'application/pkix-cert' },
    });
    assert.deepEqual([again.status, again.body['code']], [409, 'certificate-out-of-use']);
  });

  it('leaves the LSC shown when it is the MIC, which is not fallen back to later', async () => {
    const name = await api.addDevice();
    const mic = await recordMic(name);
    const lsc = await recordLsc(name);
    const before = await shown(name);
    await heard();
    await revoke(mic.id);
    assert.equal(await shown(name), before);
    assert.deepEqual(await heard(), []);
    await revoke(lsc);
    assert.equal(await shown(name), null);
  });

  it('that is out of use already can be revoked, and nothing else changes', async () => {
    const name = await api.addDevice();
    const first = await recordLsc(name);
    await recordLsc(name);
    const before = await shown(name);
    assert.equal((await revoke(first)).body['state'], 'revoked');
    assert.equal(await shown(name), before);
  });

  it('cannot be revoked twice, nor for a reason that nobody knows, nor when there is none', async () => {
    const name = await api.addDevice();
    const id = await recordLsc(name);
    for (const body of [{}, { reason: 'stolen' }, { reason: 'certificateHold' }, { reason: 'unspecified', x: 1 }]) {
      const answer = await revoke(id, body);
      assert.deepEqual([answer.status, answer.body['code']], [400, 'request-invalid'], JSON.stringify(body));
    }
    assert.notEqual(await shown(name), null);
    await revoke(id);
    const again = await revoke(id, { reason: 'unspecified' });
    assert.deepEqual([again.status, again.body['code']], [409, 'certificate-already-revoked']);
    assert.deepEqual(await entries(name), [{ action: 'certificate.revoke', reason: 'keyCompromise' }]);
    for (const unknown of [999_999, Number.MAX_SAFE_INTEGER]) {
      const answer = await revoke(unknown);
      assert.deepEqual([answer.status, answer.body['code']], [404, 'certificate-unknown']);
    }
    assert.equal((await revoke('x')).status, 400);
  });

  it('and is intended only is never issued', async () => {
    const name = await api.addDevice();
    const operation = await api.queue(name);
    const [begun] = await api.sql.run(
      `select opencapf_private.begin_operation($1, jsonb_build_object('wire_id', 1, 'node_id', gen_random_uuid(),
         'device_name', $2::text, 'remote_address', '127.0.0.1', 'remote_port', 1, 'listener', 'capf',
         'started_at', now(), 'steps', '[]'::jsonb)) as session`,
      [operation, name],
    );
    const session = begun?.['session'];
    const intend = async (key: number): Promise<number> => {
      const [row] = await api.sql.run(
        `select id from opencapf_private.intend_certificate($1, $2, (select id from opencapf_private.issuer), $3, $3, $4)`,
        [operation, session, Buffer.from([key]), Buffer.from([0, key])],
      );
      return Number(row?.['id']);
    };
    const issue = async (id: number, key: number): Promise<unknown> => {
      const [row] = await api.sql.run(
        "select opencapf_private.issue_certificate($1, $2, $3, $4, 's', 'i', now(), now()) as done",
        [operation, session, id, Buffer.from([9, 0, key, 9])],
      );
      return row?.['done'];
    };
    const revoked = await intend(1);
    const sound = await intend(2);
    assert.equal((await revoke(revoked)).status, 200);
    assert.deepEqual([await issue(revoked, 1), await issue(sound, 2)], [false, true]);
  });

  it('that the phone has lost is forgotten: it counts as deleted and does not come back', async () => {
    const name = await api.addDevice();
    const mic = await recordMic(name);
    const lsc = await certificateFor(api.issuer, name);
    await record(name, lsc);
    await heard();
    const answer = await api.call('POST', `/v1/devices/${name}/forget-lsc`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body['md5hash'], certificateMd5(mic.bytes));
    assert.equal(await shown(name), certificateMd5(mic.bytes));
    assert.deepEqual(await heard(), [name]);
    const { body } = await api.call('GET', `/v1/devices/${name}/certificates`);
    assert.deepEqual(
      (body['items'] as Body[]).map(({ state }) => state),
      ['deleted', 'recorded'],
    );
    assert.equal((await api.call('POST', `/v1/devices/${name}/forget-lsc`)).status, 200);
    assert.deepEqual(await entries(name), [{ action: 'lsc.forget', reason: null }]);
    const unknown = await api.call('POST', '/v1/devices/SEPFFFFFFFFFFFF/forget-lsc');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'device-unknown']);
  });
});
