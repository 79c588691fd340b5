import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  beginOperation,
  finishDelete,
  finishInstall,
  intendCertificate,
  openAuthenticationString,
  recordIssued,
  type SessionBeginning,
  type SessionEnding,
} from '@opencapf/store';
import { type Body, TestApi } from '../testing/api.js';

describe('operations', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  it('are queued with the defaults of the source documents, and the phone is to be reset', async () => {
    const name = await api.addDevice();
    await api.sql.run('listen device_changed; listen device_reset_required');
    const heard: string[] = [];
    api.sql.client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    const answer = await api.call('POST', `/v1/devices/${name}/operations`, {
      body: { operation: 'Install/Upgrade', authenticationMode: 'By Null String' },
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(answer.headers['location'], `/v1/operations/${answer.body['id']}`);
    const { id, createdAt, ...rest } = answer.body;
    assert.deepEqual(rest, {
      operation: 'install',
      device: name,
      authenticationMode: 'nullString',
      keyOrder: 'rsaOnly',
      rsaKeySize: 2048,
      ecKeySize: 256,
      state: 'pending',
      reasonCode: null,
      reason: null,
      completesBy: '2026-11-21T18:00:00.000Z',
      endedAt: null,
      report: null,
      wrongStrings: 0,
      allowedNetworks: null,
      addressChangedFrom: null,
      sessionId: null,
      createdBy: 'tester',
      startedAt: null,
      warnings: [],
    });
    const [row] = await api.sql.run('select capf_auth_mode, reset_required from public.device where name = $1', [name]);
    assert.deepEqual(row, { capf_auth_mode: 2, reset_required: true });
    assert.ok(heard.includes(`device_changed ${name}`), heard.join());
    assert.ok(heard.includes(`device_reset_required ${name}`), heard.join());
  });

  it('keep a given string sealed, and no answer and no row shows it', async () => {
    const name = await api.addDevice();
    const answer = await api.call('POST', `/v1/devices/${name}/operations`, {
      body: { operation: 'install', authenticationMode: 'authenticationString', authenticationString: '7305918264' },
    });
    const answers = [answer, await api.call('GET', `/v1/operations/${answer.body['id']}`)];
    for (const url of ['/v1/operations', '/v1/devices', `/v1/devices/${name}`, '/v1/audit']) {
      answers.push(await api.call('GET', url));
    }
    for (const { status, bytes } of answers) {
      assert.ok(status < 300);
      assert.ok(!bytes.includes('7305918264'));
    }
    const [row] = await api.sql.run(
      'select id, authentication_string from opencapf_private.operation where device_name = $1',
      [name],
    );
    const sealed = row?.['authentication_string'] as Buffer;
    assert.ok(!sealed.includes('7305918264'));
    assert.equal(openAuthenticationString(api.secretKey, Number(row?.['id']), sealed), '7305918264');
  });

  it('get a string where none is given, which is shown once', async () => {
    const name = await api.addDevice();
    const { body } = await api.call('POST', `/v1/devices/${name}/operations`, {
      body: { operation: 'delete', authenticationMode: 'authenticationString' },
    });
    assert.match(String(body['authenticationString']), /^\d{8}$/);
    const again = await api.call('GET', `/v1/operations/${body['id']}`);
    assert.equal('authenticationString' in again.body, false);
  });

  it('are refused by the rules, each with its code, and nothing is queued', async () => {
    const name = await api.addDevice();
    const wrong: readonly (readonly [Body, string])[] = [
      [{ operation: 'none' }, 'operation-kind-unknown'],
      [{ authenticationMode: 'password' }, 'authentication-mode-unknown'],
      [
        { authenticationMode: 'existingCertificateLscFirst', authenticationString: '1234' },
        'authentication-string-unexpected',
      ],
      [{ authenticationMode: 'authenticationString', authenticationString: '12x4' }, 'authentication-string-malformed'],
      [{ authenticationString: '1234' }, 'authentication-string-unexpected'],
      [{ keyOrder: 'rsaFirst' }, 'key-order-unknown'],
      [{ rsaKeySize: 1000 }, 'key-size-unknown'],
      [{ rsaKeySize: 512 }, 'key-size-below-minimum'],
      [{ completesBy: 'tomorrow' }, 'completes-by-malformed'],
      [{ completesBy: '2026:11:20:17' }, 'completes-by-past'],
      [{ colour: 'red' }, 'request-invalid'],
      [{ rsaKeySize: '2048' }, 'request-invalid'],
    ];
    for (const [part, code] of wrong) {
      const answer = await api.call('POST', `/v1/devices/${name}/operations`, {
        body: { operation: 'install', authenticationMode: 'nullString', ...part },
      });
      assert.deepEqual([answer.status, answer.body['code']], [400, code]);
      assert.ok(!JSON.stringify(answer.body).includes('12x4'));
    }
    const { body } = await api.call('GET', `/v1/operations?device=${name}`);
    assert.deepEqual(body['items'], []);
  });

  it('for a device that nobody knows are 404', async () => {
    const answer = await api.call('POST', '/v1/devices/SEPFFFFFFFFFFFF/operations', {
      body: { operation: 'install', authenticationMode: 'nullString' },
    });
    assert.deepEqual([answer.status, answer.body['code']], [404, 'device-unknown']);
  });

  it('of administrators who race are one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = await api.addDevice();
      const answers = await Promise.all(
        [1, 2, 3, 4].map(
          async () =>
            await api.call('POST', `/v1/devices/${name}/operations`, {
              body: { operation: 'install', authenticationMode: 'nullString' },
            }),
        ),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409]);
      const queued = answers.find(({ status }) => status === 201);
      for (const { status, body } of answers) {
        if (status === 409) {
          assert.equal(body['code'], 'operation-already-open');
          assert.ok(String(body['detail']).endsWith(`(operation ${queued?.body['id']})`));
        }
      }
    }
  });

  it('take the place of the open one when asked to, also when several race', async () => {
    const name = await api.addDevice();
    const first = await api.queue(name);
    const ids = await Promise.all(
      [1, 2, 3, 4].map(async () => await api.queue(name, { operation: 'delete', replace: true })),
    );
    const { body } = await api.call('GET', `/v1/operations?device=${name}`);
    const items = body['items'] as Body[];
    assert.equal(items.length, 5);
    assert.equal(items.filter(({ state }) => state === 'pending').length, 1);
    assert.equal(items.filter(({ state }) => state === 'cancelled').length, 4);
    const replaced = await api.call('GET', `/v1/operations/${first}`);
    assert.equal(replaced.body['reasonCode'], 'operation-cancelled');
    assert.ok(ids.some((id) => replaced.body['reason'] === `Replaced by operation ${id}.`));
  });

  it('once cancelled have no string, ask for no reset, and cannot be cancelled again', async () => {
    const name = await api.addDevice();
    const id = await api.queue(name, { authenticationMode: 'authenticationString', authenticationString: '1234' });
    const cancelled = await api.call('POST', `/v1/operations/${id}/cancel`, { body: { reason: 'phone swapped' } });
    assert.equal(cancelled.status, 200);
    assert.deepEqual([cancelled.body['state'], cancelled.body['reason']], ['cancelled', 'phone swapped']);
    assert.deepEqual(
      (cancelled.body['history'] as Body[]).map(({ state }) => state),
      ['pending', 'cancelled'],
    );
    const [row] = await api.sql.run('select authentication_string from opencapf_private.operation where id = $1', [id]);
    assert.equal(row?.['authentication_string'], null);
    const [shown] = await api.sql.run('select capf_auth_mode, reset_required from public.device where name = $1', [
      name,
    ]);
    assert.deepEqual(shown, { capf_auth_mode: 0, reset_required: false });
    const again = await api.call('POST', `/v1/operations/${id}/cancel`);
    assert.deepEqual([again.status, again.body['code']], [409, 'operation-ended']);
    const unknown = await api.call('POST', '/v1/operations/999999/cancel');
    assert.deepEqual([unknown.status, unknown.body['code']], [404, 'operation-unknown']);
  });

  it('that are cancelled or replaced let the session under way record nothing more', async () => {
    for (const end of ['cancel', 'replace', 'delete'] as const) {
      const name = await api.addDevice();
      const operation = await api.queue(name);
      const { database } = api.test;
      const session = await beginOperation(database, operation, beginning(name, operation));
      assert.ok(session !== undefined);
      const work = { operation, session };
      const [issuer] = await api.sql.run('select id from opencapf_private.issuer');
      const tbs = Buffer.from(`tbs ${name}`);
      const intended = await intendCertificate(database, work, {
        issuer: Number(issuer?.['id']),
        serial: Buffer.from(name),
        publicKey: Buffer.from(`key ${name}`),
        tbs,
      });
      assert.equal(intended.standing, 'intended');
      if (intended.standing !== 'intended') continue;
      if (end === 'cancel') await api.call('POST', `/v1/operations/${operation}/cancel`);
      if (end === 'replace') await api.queue(name, { replace: true });
      if (end === 'delete') await api.call('DELETE', `/v1/devices/${name}`);
      const signed = { der: tbs, subject: 'CN=x', issuer: 'CN=y', notBefore: new Date(), notAfter: new Date() };
      assert.equal(await recordIssued(database, work, intended.certificate, signed), false, end);
      const sent = { certificate: intended.certificate, sentAt: new Date() };
      assert.equal(await finishInstall(database, work, sent, ending), false, end);
      const { body } = await api.call('GET', `/v1/operations/${operation}`);
      assert.equal(body['state'], 'cancelled', end);
    }
  });

  it('are listed newest first, by device and by state, in pages', async () => {
    const name = await api.addDevice();
    const ids = [];
    for (let round = 0; round < 5; round += 1) ids.unshift(await api.queue(name, { replace: round > 0 }));
    const found: unknown[] = [];
    let cursor: unknown = null;
    do {
      const { body } = await api.call(
        'GET',
        `/v1/operations?device=${name}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      found.push(...(body['items'] as Body[]).map(({ id }) => id));
      cursor = body['nextCursor'];
    } while (cursor !== null);
    assert.deepEqual(found, ids);
    const { body } = await api.call('GET', `/v1/operations?device=${name}&state=pending`);
    assert.deepEqual(
      (body['items'] as Body[]).map(({ id }) => id),
      ids.slice(0, 1),
    );
  });
});

function beginning(deviceName: string, operationId: number): SessionBeginning {
  return {
    wireId: 1,
    nodeId: '6f1c2d4e-0b7a-4c59-9a3e-2f8d1b6c7e50',
    deviceId: undefined,
    deviceName,
    remoteAddress: '127.0.0.1',
    remotePort: 50_000,
    listener: 'capf',
    tlsVersion: 'TLSv1.2',
    cipher: 'AES256-SHA',
    capfVersion: 3,
    phoneReason: 1,
    operationId,
    startedAt: new Date(),
    authenticatedAt: new Date(),
    steps: [],
  };
}

const ending: SessionEnding = {
  endedAt: new Date(),
  outcome: 'successful',
  endReason: 0,
  reason: undefined,
  steps: [],
};

describe('administrators and sessions at work on one device', () => {
  it('wait for each other in order, and whatever they do one operation at most is open', async () => {
    await using api = await TestApi.start();
    const name = 'SEP0000000000AA';
    const { database } = api.test;
    const statuses = new Set<number>();
    const administrator = async (round: number): Promise<void> => {
      const url = `/v1/devices/${name}`;
      const body = { operation: 'install', authenticationMode: 'nullString', replace: true };
      statuses.add((await api.call('PUT', url, { body: { description: `round ${round}` } })).status);
      statuses.add((await api.call('POST', `${url}/operations`, { body })).status);
      if (round % 5 === 0) statuses.add((await api.call('DELETE', url)).status);
    };
    const phone = async (): Promise<void> => {
      const [open] = await api.sql.run(
        "select id from opencapf_private.operation where state in ('pending', 'inProgress') order by id desc limit 1",
      );
      if (open === undefined) return;
      const operation = Number(open['id']);
      const session = await beginOperation(database, operation, beginning(name, operation));
      if (session !== undefined) await finishDelete(database, { operation, session }, 'nothing to delete', ending);
    };
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([administrator(round), phone(), administrator(round + 1), phone()]);
      const open = await api.sql.run(
        'select id from opencapf_private.operation where ended_at is null and (device_id is null or device_name = $1)',
        [name],
      );
      assert.ok(open.length <= 1, `round ${round}: ${JSON.stringify(open)}`);
    }
    for (const status of statuses) assert.ok([200, 201, 204, 404].includes(status), `${status}`);
    const strays = await api.sql.run(
      'select from opencapf_private.operation where ended_at is null and device_id is null',
    );
    assert.equal(strays.length, 0);
  });
});
