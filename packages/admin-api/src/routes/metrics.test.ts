import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { mountAdminApi } from '../admin-api.js';
import { TestApi } from '../testing/api.js';

describe('metrics', () => {
  it('tell of sessions, operations, LSCs and certificates, to viewers', async () => {
    let now = 0;
    await using api = await TestApi.start({ elapsed: () => now });
    const device = await api.addDevice();
    await api.queue(device);
    await api.sql.run(
      `insert into opencapf_private.session (wire_id, node_id, remote_address, remote_port, listener, started_at, ended_at, outcome, steps)
       values (1, gen_random_uuid(), '192.0.2.1', 1, 'capf', $1, $1, 'successful', '[{"state":"authenticating","at":"x"}]'),
         (2, gen_random_uuid(), '192.0.2.1', 1, 'capf', $1, null, null, '[]')`,
      [TestApi.now],
    );
    const read = async (): Promise<string> => {
      const { status, headers, bytes } = await api.call('GET', '/metrics');
      assert.equal(status, 200);
      assert.match(String(headers['content-type']), /^text\/plain/);
      return bytes.toString();
    };
    const text = await read();
    for (const line of [
      'opencapf_sessions_live 1',
      'opencapf_sessions_last_hour{outcome="successful"} 1',
      'opencapf_session_steps_last_hour{step="authenticating"} 1',
      'opencapf_devices_by_operation_state{state="pending"} 1',
      'opencapf_lscs_installed{authority="local",kind="local",state="active"} 0',
      'opencapf_lscs_cut_short{authority="local",kind="local",state="active"} 0',
      'opencapf_authority_shorter_than_lscs{authority="local",kind="local",state="active"} 0',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
    assert.match(
      text,
      /opencapf_authority_end_timestamp_seconds\{authority="local",kind="local",state="active"\} \d+\n/,
    );
    assert.match(text, /opencapf_capf_certificate_end_timestamp_seconds\{id="\d+",state="active"\} \d+\n/);
    assert.match(text, /process_cpu_seconds_total/);

    await api.queue(await api.addDevice());
    assert.ok((await read()).includes('operation_state{state="pending"} 1\n'), 'counted anew within 30 s');
    now += 30_000;
    assert.ok((await read()).includes('operation_state{state="pending"} 2\n'), 'not counted anew after 30 s');
  });

  it('ask for no token where a setting says so', async () => {
    await using api = await TestApi.start();
    const refused = await api.call('GET', '/metrics', { token: null });
    assert.deepEqual([refused.status, refused.body['code']], [401, 'token-missing']);
    const app = Fastify() as unknown as FastifyInstance;
    await mountAdminApi(app, {
      database: api.test.database,
      secretKey: api.secretKey,
      givenToken: undefined,
      capfCertificate: () => api.issuer.certificate.der,
      operationExpiresInDays: 10,
      nullStringExpiresInHours: 24,
      minRsaKeySize: 1024,
      lscValidityDays: 365,
      capfSubject: {},
      metricsToken: false,
      version: '0.0.0',
    });
    try {
      assert.equal((await app.inject({ method: 'GET', url: '/metrics' })).statusCode, 200);
      assert.equal((await app.inject({ method: 'GET', url: '/v1/devices' })).statusCode, 401);
    } finally {
      await app.close();
    }
  });
});
