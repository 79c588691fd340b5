import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Role } from './administrator.js';
import { TestApi } from './testing/api.js';

/** The lowest role that may call: a call that is new has to be entered here. */
const lowest: Readonly<Record<string, Role>> = {
  'PUT /v1/devices/:name': 'operator',
  'GET /v1/devices/:name': 'viewer',
  'GET /v1/devices': 'viewer',
  'DELETE /v1/devices/:name': 'operator',
  'POST /v1/devices/:name/operations': 'operator',
  'GET /v1/operations': 'viewer',
  'GET /v1/operations/:id': 'viewer',
  'GET /v1/operations/:id/authentication-string': 'operator',
  'POST /v1/operations/:id/cancel': 'operator',
  'POST /v1/devices/:name/probe': 'administrator',
  'GET /v1/devices/:name/probe': 'administrator',
  'DELETE /v1/devices/:name/probe': 'administrator',
  'GET /v1/lockouts': 'viewer',
  'GET /v1/nodes': 'viewer',
  'DELETE /v1/lockouts': 'operator',
  'DELETE /v1/lockouts/:id': 'operator',
  'GET /v1/capf-certificate': 'viewer',
  'GET /v1/devices/:name/certificate': 'viewer',
  'PUT /v1/devices/:name/certificate': 'operator',
  'GET /v1/devices/:name/certificates': 'viewer',
  'GET /v1/devices/:name/files': 'viewer',
  'GET /v1/devices/:name/sessions': 'viewer',
  'GET /v1/sessions': 'viewer',
  'GET /v1/certificates': 'viewer',
  'POST /v1/certificates/delete-stale': 'operator',
  'POST /v1/certificates/:id/revoke': 'operator',
  'POST /v1/devices/:name/forget-lsc': 'operator',
  'GET /v1/trust-certificates': 'viewer',
  'GET /v1/trust-certificates/:sha256': 'viewer',
  'GET /v1/trust-certificates/:sha256/certificate': 'viewer',
  'POST /v1/trust-certificates': 'administrator',
  'PATCH /v1/trust-certificates/:sha256': 'administrator',
  'DELETE /v1/trust-certificates/:sha256': 'administrator',
  'GET /v1/authorities': 'viewer',
  'GET /v1/authorities/:authority': 'viewer',
  'PATCH /v1/authorities/:authority': 'administrator',
  'DELETE /v1/authorities/:authority': 'administrator',
  'POST /v1/authorities/:authority/activate': 'administrator',
  'POST /v1/authorities/:authority/default': 'administrator',
  'POST /v1/authorities/:authority/retire': 'administrator',
  'GET /v1/capf-certificates': 'viewer',
  'GET /v1/capf-certificates/:id': 'viewer',
  'POST /v1/capf-certificates/:id/activate': 'administrator',
  'DELETE /v1/capf-certificates/:id': 'administrator',
  'POST /v1/authorities/:authority/certification-request': 'administrator',
  'PUT /v1/authorities/:authority/certificate': 'administrator',
  'POST /v1/capf-certificates': 'administrator',
  'POST /v1/capf-certificates/:id/certification-request': 'administrator',
  'PUT /v1/capf-certificates/:id/certificate': 'administrator',
  'GET /v1/trust-bundle': 'viewer',
  'GET /v1/trust-list': 'viewer',
  'GET /v1/trust-list/:kind/file': 'viewer',
  'PUT /v1/trust-list/ctl': 'administrator',
  'GET /v1/trust-list/entries': 'viewer',
  'POST /v1/trust-list/entries': 'administrator',
  'DELETE /v1/trust-list/entries/:id': 'administrator',
  'PUT /v1/trust-list/release': 'administrator',
  'DELETE /v1/trust-list/release': 'administrator',
  'GET /v1/trust-list/signers': 'viewer',
  'POST /v1/trust-list/signers/:purpose/stage': 'administrator',
  'POST /v1/trust-list/signers/:purpose/switch': 'administrator',
  'DELETE /v1/trust-list/signers/:purpose/staged': 'administrator',
  'POST /v1/trust-list/recovery/export': 'administrator',
  'DELETE /v1/trust-list/recovery/key': 'administrator',
  'POST /v1/trust-list/recovery/replace': 'administrator',
  'POST /v1/trust-list/recovery/begin': 'administrator',
  'POST /v1/trust-list/recovery/end': 'administrator',
  'POST /v1/authorities': 'administrator',
  'POST /v1/authorities/:authority/test': 'administrator',
  'GET /v1/authorities/:authority/certification-requests': 'viewer',
  'POST /v1/authorities/:authority/certificates': 'operator',
  'GET /v1/authority-requests': 'viewer',
  'GET /v1/authority-requests/:id': 'viewer',
  'POST /v1/authority-requests/:id/retry': 'operator',
  'GET /v1/authority-requests/:id/public-key': 'viewer',
  'GET /v1/authority-requests/:id/certification-request': 'viewer',
  'GET /v1/security-profiles': 'viewer',
  'POST /v1/security-profiles': 'operator',
  'GET /v1/security-profiles/:profile': 'viewer',
  'PATCH /v1/security-profiles/:profile': 'operator',
  'DELETE /v1/security-profiles/:profile': 'operator',
  'PUT /v1/devices/:name/configuration': 'operator',
  'GET /v1/devices/:name/configuration': 'operator',
  'DELETE /v1/devices/:name/configuration': 'operator',
  'GET /v1/devices/:name/configuration/report': 'viewer',
  'PUT /v1/devices/:name/symmetric-key': 'administrator',
  'GET /v1/devices/:name/symmetric-key': 'administrator',
  'DELETE /v1/devices/:name/symmetric-key': 'administrator',
  'PUT /v1/configuration-templates/:template': 'operator',
  'GET /v1/configuration-templates': 'viewer',
  'GET /v1/configuration-templates/:template': 'operator',
  'DELETE /v1/configuration-templates/:template': 'operator',
  'GET /metrics': 'viewer',
  'GET /v1/audit': 'viewer',
  'POST /v1/tokens': 'administrator',
  'GET /v1/tokens': 'administrator',
  'DELETE /v1/tokens/:id': 'administrator',
};

const open: ReadonlySet<string> = new Set(['GET /openapi.json']);
const roles = ['viewer', 'operator', 'administrator'] as const;

describe('every call', () => {
  let api: TestApi;
  const tokens = new Map<Role, string>();
  before(async () => {
    api = await TestApi.start();
    for (const role of roles) {
      const { body } = await api.call('POST', '/v1/tokens', { body: { name: `the ${role}`, role } });
      tokens.set(role, String(body['token']));
    }
  });
  after(async () => await api[Symbol.asyncDispose]());

  const fill = (url: string): string => url.replace(':name', 'SEP0000000000AA').replaceAll(/:\w+/g, '999999');
  const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;
  const split = (route: string): [(typeof methods)[number], string] => {
    const [method = '', url = ''] = route.split(' ');
    const known = methods.find((one) => one === method);
    assert.ok(known !== undefined, `this test knows no method ${method}`);
    return [known, fill(url)];
  };

  it('has a role in the table', () => {
    const asked = api.routes.filter((route) => !open.has(route)).sort();
    assert.deepEqual(asked, Object.keys(lowest).sort());
  });

  it('is refused to lower roles and to nobody else', async () => {
    for (const [route, needed] of Object.entries(lowest)) {
      const [method, url] = split(route);
      assert.equal((await api.call(method, url, { token: null })).status, 401, route);
      for (const role of roles) {
        const { status, body } = await api.call(method, url, { token: tokens.get(role) ?? null });
        const tooLow = roles.indexOf(role) < roles.indexOf(needed);
        assert.equal(status === 403, tooLow, `${route} as ${role}: ${status} ${JSON.stringify(body)}`);
        if (tooLow) assert.equal(body['code'], 'role-too-low');
        assert.notEqual(status, 401, `${route} as ${role}`);
      }
    }
  });

  it('is answered with headers for browsers', async () => {
    for (const [url, token] of [
      ['/v1/devices', api.token],
      ['/v1/devices', null],
      ['/openapi.json', null],
      ['/nothing', null],
    ] as const) {
      const { headers } = await api.call('GET', url, { token });
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      assert.equal(headers['x-frame-options'], 'SAMEORIGIN', url);
      assert.equal(headers['content-security-policy'], "default-src 'none';frame-ancestors 'none'", url);
      assert.equal(headers['referrer-policy'], 'no-referrer', url);
      if (url.startsWith('/v1')) assert.equal(headers['cache-control'], token === null ? undefined : 'no-store', url);
      assert.equal(headers['access-control-allow-origin'], undefined, url);
    }
  });
});

describe('a route without a role', () => {
  it('cannot be mounted', async () => {
    await using api = await TestApi.start();
    const described = (await api.call('GET', '/openapi.json', { token: null })).body;
    assert.ok(Object.keys(described['paths'] as object).length > 10);
    for (const route of api.routes.filter((one) => one.includes('/v1/'))) {
      const [, url = ''] = route.split(' ');
      assert.ok(url.replaceAll(/:(\w+)/g, '{$1}') in (described['paths'] as object), `${route} is not described`);
    }
  });
});
