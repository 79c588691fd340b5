import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import { Enrolments } from '../support/enrolments.js';

/** Every write of an Install/Upgrade, by its table; of updates, those that a condition names. */
const writes = [
  ['session', 'insert', 'true'],
  ['operation', 'update', "new.state = 'inProgress'"],
  ['operation_event', 'insert', "new.state = 'inProgress'"],
  ['certificate', 'insert', 'true'],
  ['certificate', 'update', 'new.issued_at is not null and old.issued_at is null'],
  ['certificate', 'update', 'new.installed_at is not null and old.installed_at is null'],
  ['device', 'update', 'new.published_certificate_id is distinct from old.published_certificate_id'],
  ['operation', 'update', "new.state = 'successful'"],
  ['session', 'update', 'new.ended_at is not null'],
  ['audit_entry', 'insert', "new.action = 'lsc.install'"],
] as const;

describe('a write that fails once, as on a full disk,', () => {
  let enrolments: Enrolments;
  before(async () => {
    enrolments = await Enrolments.start();
    await enrolments.rows(`
      create sequence opencapf_private.failures;
      create function opencapf_private.fail_once() returns trigger language plpgsql as $$
      begin
        -- A sequence keeps its value when the transaction is rolled back.
        if nextval('opencapf_private.failures') = 1 then
          raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
        end if;
        return new;
      end $$`);
  });
  after(async () => {
    assert.deepEqual(await enrolments.auditFaults(), [], 'opencapf audit verify');
    await enrolments[Symbol.asyncDispose]();
  });

  for (const [index, [table, event, condition]] of writes.entries()) {
    it(`${event} of ${table} where ${condition}: no certificate is with the phone that is not on record, and the next visit ends it`, async () => {
      const name = `SEP00000000010${index.toString(16).toUpperCase()}`;
      await enrolments.queueInstall(name);
      await enrolments.rows(`
        alter sequence opencapf_private.failures restart;
        create trigger fail_once before ${event} on opencapf_private.${table}
          for each row when (${condition}) execute function opencapf_private.fail_once()`);
      const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
      const makeKey = async () => key;
      const first = await enrolments.enroll(name, { makeKey });
      const [failures] = await enrolments.rows<{ tried: boolean }>(
        'select is_called as tried from opencapf_private.failures',
      );
      await enrolments.rows(`drop trigger fail_once on opencapf_private.${table}`);
      assert.equal(failures?.tried, true, 'the write was tried');
      assert.equal(first.outcome.kind, 'connectionFault', 'no END_SESSION, so that the phone tries again');

      const sent = first.steps.some(({ command }) => command === 'StoreCertificateRequest');
      const [certificate] = await enrolments.rows<{ issued: boolean; installed: boolean }>(`
        select issued_at is not null as issued, installed_at is not null as installed
        from opencapf_private.certificate where device_name = '${name}'`);
      if (sent) assert.equal(certificate?.issued, true);
      assert.notEqual(certificate?.installed, true);

      const { outcome, identity } = await enrolments.enroll(name, { makeKey }, undefined, undefined, first.identity);
      assert.equal(outcome.kind, 'installed');
      const hash = createHash('md5')
        .update(identity.lsc?.certificate ?? assert.fail('no LSC'))
        .digest('hex');
      const ends = await enrolments.rows(`
        select o.state, d.md5hash as shown, count(*) as certificates from opencapf_private.operation o
          join public.device d on d.name = o.device_name join opencapf_private.certificate c on c.operation_id = o.id
        where o.device_name = '${name}' group by o.id, d.md5hash`);
      assert.deepEqual(ends, [{ state: 'successful', shown: hash, certificates: 1 }]);
    });
  }
});
