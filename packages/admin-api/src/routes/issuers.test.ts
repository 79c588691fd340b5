import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, TestApi } from '../testing/api.js';

describe('issuers', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(async () => await api[Symbol.asyncDispose]());

  const first = async (): Promise<Body> => {
    const { status, body } = await api.call('GET', '/v1/issuers');
    assert.equal(status, 200, JSON.stringify(body));
    const [issuer] = body['items'] as Body[];
    return issuer ?? assert.fail('no issuer');
  };
  const audited = async () =>
    await api.sql.run(
      `select actor, remote_address, subject, outcome, detail from opencapf_private.audit_entry
       where action in ('issuer.change', 'call.refuse') order by id`,
    );

  it('are listed with what their certificate says', async () => {
    const issuer = await first();
    assert.deepEqual(
      [issuer['name'], issuer['kind'], issuer['state'], issuer['isDefault'], issuer['acceptExpiredUntil']],
      ['local', 'local', 'active', true, null],
    );
    assert.match(String(issuer['subject']), /CN=CAPF-/);
    assert.deepEqual((await api.call('GET', `/v1/issuers/${issuer['id']}`)).body, issuer);
    assert.equal('certificate' in issuer, false);
  });

  it('have expired LSCs accepted until a time that is given, and the audit says who said so', async () => {
    const { id } = await first();
    const set = async (acceptExpiredUntil: unknown) =>
      await api.call('PATCH', `/v1/issuers/${id}`, { body: { acceptExpiredUntil } });
    const before = (await audited()).length;
    const until = '2027-01-31T00:00:00.000Z';
    assert.equal((await set('2027-01-31')).body['acceptExpiredUntil'], until);
    assert.equal((await first())['acceptExpiredUntil'], until);
    assert.equal((await set(until)).status, 200);
    assert.equal((await set(null)).body['acceptExpiredUntil'], null);
    const entry = { actor: 'tester', remote_address: '127.0.0.1', subject: 'local', outcome: 'done' };
    assert.deepEqual((await audited()).slice(before), [
      { ...entry, detail: { issuer: id, acceptExpiredUntil: until, before: null } },
      { ...entry, detail: { issuer: id, acceptExpiredUntil: null, before: until } },
    ]);
  });

  it('take no other time, and each refusal changes nothing and is one entry in the audit', async () => {
    const { id } = await first();
    for (const [path, body, code] of [
      [id, { acceptExpiredUntil: '2026-11-20T18:00:00Z' }, 'accept-expired-past'],
      [id, { acceptExpiredUntil: 'soon' }, 'request-invalid'],
      [id, {}, 'request-invalid'],
      [id, { acceptExpiredUntil: null, state: 'retired' }, 'request-invalid'],
      [999_999, { acceptExpiredUntil: null }, 'issuer-unknown'],
      ['x', { acceptExpiredUntil: null }, 'request-invalid'],
    ] as const) {
      const issuer = await first();
      const before = (await audited()).length;
      const answer = await api.call('PATCH', `/v1/issuers/${path}`, { body });
      assert.equal(answer.body['code'], code);
      assert.deepEqual(await first(), issuer);
      assert.equal((await audited()).length, before + 1, code);
    }
  });
});
