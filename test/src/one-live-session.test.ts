import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EnrollHooks } from '@opencapf/phone';
import { AnotherNode } from './support/another-node.js';
import { Enrolments, makeKey } from './support/enrolments.js';
import { gate } from './support/gate.js';

/** A phone that stops before it sends such a message, until the test lets go. */
function stoppingAt(command: string) {
  const { reached, pass, open } = gate();
  const send: EnrollHooks['send'] = async (message) => {
    if (message.command === command) await pass();
    return message;
  };
  return { reached, open, hooks: { makeKey, send } };
}

interface Facts {
  readonly state: string;
  readonly node: string;
  readonly shown: string;
  readonly installed: number;
}

async function facts(enrolments: Enrolments, phone: string): Promise<Facts | undefined> {
  const [row] = await enrolments.rows<Facts>(`
    select o.state, n.process_id::text as node, d.md5hash as shown,
      (select count(*) from opencapf_private.certificate c where c.device_id = o.device_id and c.installed_at is not null) as installed
    from opencapf_private.operation o join opencapf_private.session s on s.id = o.session_id
      join opencapf_private.node n on n.id = s.node_id join public.device d on d.name = o.device_name
    where o.device_name = '${phone}' order by o.id desc limit 1`);
  return row;
}

describe('of two sessions of a phone on two nodes', () => {
  let enrolments: Enrolments;
  let other: AnotherNode;
  before(async () => {
    enrolments = await Enrolments.start();
    other = await AnotherNode.start(enrolments);
  });
  after(async () => {
    await other?.[Symbol.asyncDispose]();
    await enrolments?.[Symbol.asyncDispose]();
  });

  for (const [what, command, phone] of [
    ['makes its key', 'KeyGenerateResponse', 'SEP0000000000A1'],
    ['has a certificate and did not say yet that it stored it', 'StoreCertificateResponse', 'SEP0000000000A2'],
  ] as const) {
    it(`the newest wins while the older ${what}, and the older commits nothing more`, async () => {
      await enrolments.queueInstall(phone);
      const older = stoppingAt(command);
      const first = enrolments.enroll(phone, older.hooks);
      await older.reached;
      const second = await enrolments.enroll(phone, { makeKey }, undefined, other.at.capfPort);
      assert.equal(second.outcome.kind, 'installed');
      const won = await facts(enrolments, phone);
      assert.deepEqual([won?.state, won?.node, won?.installed], ['successful', String(other.service.process.pid), 1]);
      older.open();
      const lost = await first;
      assert.equal(lost.outcome.kind, 'connectionFault', JSON.stringify(lost.outcome));
      assert.equal(lost.endReason, undefined, 'without END_SESSION');
      assert.deepEqual(await facts(enrolments, phone), won);
      const ends = await enrolments.rows<{ outcome: string }>(
        `select outcome from opencapf_private.session where device_name = '${phone}' order by id`,
      );
      assert.deepEqual(
        ends.map(({ outcome }) => outcome),
        ['session-superseded', 'installed'],
      );
    });
  }

  it('the older one that came with nothing queued changes no hash once the newer has authenticated', async () => {
    const phone = 'SEP0000000000A3';
    await enrolments.queueInstall(phone);
    assert.equal((await enrolments.enroll(phone)).outcome.kind, 'installed');
    const installed = await facts(enrolments, phone);
    // It has no certificate to show: on its own, that would make the hash fall back to none.
    const older = stoppingAt('FetchCertificateResponse');
    const first = enrolments.enroll(phone, older.hooks);
    await older.reached;
    await enrolments.queueInstall(phone);
    const newer = stoppingAt('KeyGenerateResponse');
    const second = enrolments.enroll(phone, newer.hooks, undefined, other.at.capfPort);
    await newer.reached;
    older.open();
    await first;
    assert.equal((await facts(enrolments, phone))?.shown, installed?.shown);
    newer.open();
    assert.equal((await second).outcome.kind, 'installed');
    const again = await facts(enrolments, phone);
    assert.deepEqual([again?.state, again?.installed], ['successful', 2]);
    assert.notEqual(again?.shown, installed?.shown);
  });
});
