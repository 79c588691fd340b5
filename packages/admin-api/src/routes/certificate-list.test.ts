import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intendCertificate } from '@opencapf/store/testing';
import { type Body, TestApi } from '../testing/api.js';

const day = '2027-01-';

/** What a certificate of the test is to be. */
interface Wanted {
  readonly issued?: boolean;
  readonly installed?: boolean;
  readonly operation?: number;
  readonly ends?: string;
}

/** Devices with certificates in all their moments. */
class Site implements AsyncDisposable {
  private constructor(readonly api: TestApi) {}

  static async make(): Promise<Site> {
    return new Site(await TestApi.start());
  }

  async device(number: number): Promise<string> {
    const name = `SEP${String(number).padStart(12, '0')}`;
    await this.api.call('PUT', `/v1/devices/${name}`, { body: {} });
    return name;
  }

  async certificate(
    name: string,
    { issued = true, installed = false, operation, ends = `${day}31` }: Wanted,
  ): Promise<number> {
    const { sql } = this.api;
    const [row] = await sql.run(
      'select id, (select min(id) from opencapf_private.issuer) as issuer from opencapf_private.device where name = $1',
      [name],
    );
    const made = await intendCertificate(sql, String(row?.['id']), String(row?.['issuer']), operation);
    if (issued) {
      await sql.run(
        `update opencapf_private.certificate set der = $2, issued_at = now(), subject = 'CN=phone', issuer = 'CN=CAPF-0',
           not_before = now(), not_after = $3, installed_at = case when $4 then now() end where id = $1`,
        [made.id, made.der, ends, installed],
      );
    }
    return Number(made.id);
  }

  async listed(query: string): Promise<readonly unknown[]> {
    const { status, body } = await this.api.call('GET', `/v1/certificates?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return (body['items'] as Body[]).map(({ id }) => id);
  }

  async deleteStale(body?: Body): Promise<Body> {
    const answer = await this.api.call('POST', '/v1/certificates/delete-stale', body === undefined ? {} : { body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
  }
}

describe('certificates', () => {
  it('are stale when nothing waits for them, and deleted as such: revoked, out of view, with their bytes', async () => {
    await using site = await Site.make();
    const { api } = site;
    const waiting = await site.device(1);
    const open = await api.queue(waiting);
    const older = await site.certificate(waiting, { operation: open });
    const newest = await site.certificate(waiting, { operation: open });
    const left = await site.device(2);
    const ended = await api.queue(left);
    await api.call('POST', `/v1/operations/${ended}/cancel`);
    const orphan = await site.certificate(left, { operation: ended });
    await site.certificate(left, { operation: ended, issued: false });
    await site.certificate(await site.device(3), { installed: true });

    assert.deepEqual(await site.listed('state=stale'), [orphan, older]);
    assert.deepEqual(await site.listed('state=stale&limit=1'), [orphan]);
    assert.deepEqual(await site.deleteStale({ dryRun: true }), { deleted: 0, left: 2 });
    assert.deepEqual(await site.listed('state=stale'), [orphan, older]);
    assert.deepEqual(await site.deleteStale(), { deleted: 2, left: 0 });
    assert.deepEqual(await site.deleteStale(), { deleted: 0, left: 0 });
    assert.deepEqual(await site.listed('state=stale'), []);
    assert.deepEqual(await site.listed('state=discarded'), [orphan, older]);
    assert.deepEqual(await site.listed('state=revoked'), []);
    assert.deepEqual(await site.listed(`device=${waiting}`), [newest]);
    const { body } = await api.call('GET', `/v1/devices/${waiting}/certificates`);
    assert.deepEqual(
      (body['items'] as Body[]).map(({ id, state }) => [id, state]),
      [[newest, 'issued']],
    );
    const rows = await api.sql.run(
      `select der is not null and serial is not null as whole, revocation_reason from opencapf_private.certificate
       where id = any ($1)`,
      [[older, orphan]],
    );
    assert.deepEqual(rows, Array(2).fill({ whole: true, revocation_reason: 'superseded' }));
    const audit = await api.sql.run(
      `select actor, subject, remote_address from opencapf_private.audit_entry where action = 'certificate.discard' order by id`,
    );
    assert.deepEqual(
      audit,
      [waiting, left].map((subject) => ({ actor: 'tester', subject, remote_address: '127.0.0.1' })),
    );
  });

  it('that are installed come by their end, in pages', async () => {
    await using site = await Site.make();
    const late = await site.certificate(await site.device(4), { installed: true, ends: `${day}20` });
    const soon = await site.certificate(await site.device(5), { installed: true, ends: `${day}10` });
    const soonToo = await site.certificate(await site.device(6), { installed: true, ends: `${day}10` });
    assert.deepEqual(await site.listed(`expiresBefore=${day}21`), [soon, soonToo, late]);
    assert.deepEqual(await site.listed(`state=installed&expiresBefore=${day}20`), [soon, soonToo]);
    assert.deepEqual(await site.listed('state=installed'), [soonToo, soon, late]);
    const { body } = await site.api.call('GET', `/v1/certificates?expiresBefore=${day}21&limit=2`);
    assert.deepEqual(await site.listed(`expiresBefore=${day}21&limit=2&cursor=${body['nextCursor']}`), [late]);
    assert.deepEqual(await site.listed(`expiresBefore=${day}21&cursor=${body['nextCursor']}`), [late]);
  });
});
