import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { authorityErrors } from '@opencapf/authority';
import { enrollmentErrors } from '@opencapf/enrollment';
import { pkiErrors } from '@opencapf/pki';
import { StoreError, storeErrors } from '@opencapf/store';
import { tftpErrors } from '@opencapf/tftp';
import { AdminApiError, type AdminApiErrorCode, adminApiErrors } from './errors.js';
import { adminApiStatuses, lowerStatuses, toProblem } from './problem.js';
import { type Answer, type CallOptions, TestApi } from './testing/api.js';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

describe('every refusal is a problem document', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
    await api.call('PUT', '/v1/devices/SEP001122334455', { body: {} });
  });
  after(async () => await api[Symbol.asyncDispose]());

  async function refuses(
    method: Method,
    url: string,
    options: CallOptions,
    status: number,
    code: string,
  ): Promise<Answer> {
    const answer = await api.call(method, url, options);
    assert.deepEqual(
      [answer.status, answer.body['code']],
      [status, code],
      `${method} ${url}: ${JSON.stringify(answer.body)}`,
    );
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.body['type'], `urn:opencapf:error:${code}`);
    assert.equal(answer.body['status'], status);
    assert.ok(String(answer.body['title']).length > 0 && String(answer.body['detail']).length > 0);
    return answer;
  }

  it('of a token', async () => {
    const missing = await refuses('GET', '/v1/devices', { token: null }, 401, 'token-missing');
    assert.equal(missing.headers['www-authenticate'], 'Bearer realm="opencapf"');
    const basic = { token: null, headers: { authorization: 'Basic YTpi' } };
    await refuses('GET', '/v1/devices', basic, 401, 'token-missing');
    await refuses('GET', '/v1/devices', { token: 'opencapf_wrong_token' }, 401, 'token-refused');
    await refuses('PUT', '/v1/devices/x', { token: null, payload: '{' }, 401, 'token-missing');
  });

  it('of a call that there is not', async () => {
    await refuses('GET', '/', { token: null }, 404, 'route-unknown');
    await refuses('GET', '/v1/nothing', {}, 404, 'route-unknown');
    await refuses('DELETE', '/v1/audit', {}, 404, 'route-unknown');
    await refuses('GET', '/v1/devices/%E0%A4%A', {}, 400, 'request-malformed');
    await refuses('GET', `/v1/devices/${'x'.repeat(2_000)}`, {}, 413, 'request-too-large');
  });

  it('of a body, and never quotes it', async () => {
    const url = '/v1/devices/SEP001122334455';
    const json = { 'content-type': 'application/json' };
    for (const payload of ['{', '{"planted": 7305', 'planted', '{"__proto__": 1}']) {
      const answer = await refuses('PUT', url, { payload, headers: json }, 400, 'request-malformed');
      assert.ok(!answer.bytes.includes('planted') && !answer.bytes.includes('7305'));
    }
    await refuses(
      'PUT',
      url,
      { payload: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'content-type-unsupported',
    );
    await refuses(
      'PUT',
      url,
      { payload: 'a', headers: { 'content-type': 'application/x-pem-file' } },
      415,
      'content-type-unsupported',
    );
    await refuses('PUT', url, { body: { description: 'x'.repeat(300_000) } }, 413, 'request-too-large');
    await refuses('PUT', url, {}, 400, 'request-invalid');
    for (const body of [
      [],
      'text',
      null,
      { description: 1 },
      { description: 'a\u0000b' },
      { labels: [''] },
      { name: 'x' },
    ]) {
      await refuses('PUT', url, { body }, 400, 'request-invalid');
    }
    const { body } = await refuses('PUT', url, { body: { labels: ['fine', 7] } }, 400, 'request-invalid');
    assert.deepEqual(body['errors'], [
      { path: 'body/labels/1', message: 'Invalid input: expected string, received number' },
    ]);
  });

  it('of a number that is none', async () => {
    for (const id of ['0', '-1', '1.5', 'x', '99999999999999999999']) {
      await refuses('GET', `/v1/operations/${id}`, {}, 400, 'request-invalid');
    }
    await refuses('GET', `/v1/operations/${Number.MAX_SAFE_INTEGER}`, {}, 404, 'operation-unknown');
  });

  it('when the database is away, and comes back with it', async () => {
    await using other = await TestApi.start();
    await other.sql[Symbol.asyncDispose]();
    const [name] = new URL(other.test.url).pathname.slice(1).split('/');
    await api.sql.run(`alter database ${name} with allow_connections false`);
    await api.sql.run('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    const away = await untilStatus(other, 503);
    assert.equal(away.body['code'], 'service-unavailable');
    await api.sql.run(`alter database ${name} with allow_connections true`);
    assert.equal((await other.call('GET', '/v1/devices')).status, 200);
  });

  it('of what is no HTTP', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const address = api.app.server.address();
    assert.ok(typeof address === 'object' && address !== null);
    for (const [bytes, status] of [
      ['rubbish\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 413],
      ['GET /v1/devices HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 401],
    ] as const) {
      const text = await exchange(address.port, bytes);
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(text, /content-type: application\/problem\+json/i);
      const problem: unknown = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
      assert.ok(typeof problem === 'object' && problem !== null && 'code' in problem);
    }
  });
});

describe('codes', () => {
  it('have a status, and those of other packages exist', () => {
    for (const code of Object.keys(adminApiErrors) as AdminApiErrorCode[]) {
      assert.equal(toProblem(new AdminApiError(code)).status, adminApiStatuses[code]);
    }
    const catalogues = [authorityErrors, enrollmentErrors, pkiErrors, storeErrors, tftpErrors];
    const known = new Set(catalogues.flatMap((catalogue) => Object.keys(catalogue)));
    for (const code of Object.keys(lowerStatuses)) assert.ok(known.has(code), code);
  });

  it('of faults of ours say nothing about them', () => {
    for (const fault of [
      new Error('planted'),
      new StoreError('sealed-value-unreadable', 'planted'),
      'planted',
      undefined,
    ]) {
      const problem = toProblem(fault);
      assert.deepEqual([problem.status, problem.code], [500, 'internal-error']);
      assert.ok(!JSON.stringify(problem).includes('planted'));
    }
  });
});

async function untilStatus(api: TestApi, status: number): Promise<Answer> {
  for (;;) {
    const answer = await api.call('GET', '/v1/devices');
    if (answer.status === status) return answer;
  }
}

function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

describe('a content type without a body', () => {
  it('says nothing, and is no reason to refuse a call', async () => {
    await using api = await TestApi.start();
    const name = 'SEP001122334455';
    await api.call('PUT', `/v1/devices/${name}`, { body: {} });
    for (const type of ['application/json', 'text/plain']) {
      const headers = { 'content-type': type };
      const id = await api.queue(name);
      assert.equal((await api.call('POST', `/v1/operations/${id}/cancel`, { headers })).status, 200, type);
    }
    const headers = { 'content-type': 'application/json' };
    assert.equal((await api.call('DELETE', `/v1/devices/${name}`, { headers })).status, 204);
    assert.equal((await api.call('PUT', `/v1/devices/${name}`, { headers })).body['code'], 'request-invalid');
  });
});
