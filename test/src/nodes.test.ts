import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { generateKeyPair } from '@opencapf/pki';
import { AnotherNode } from './support/another-node.js';
import { Balancer } from './support/balancer.js';
import { Enrolments, makeKey } from './support/enrolments.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { get } from './support/https.js';

const phone = 'SEP001122334455';
const phones = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `SEP0000000000${(index + 16).toString(16).toUpperCase()}`);

async function stateOf(enrolments: Enrolments, name: string) {
  const [row] = await enrolments.rows<{ state: string; reason: string | null }>(
    `select state, reason_code as reason from opencapf_private.operation where device_name = '${name}'`,
  );
  return row;
}

describe('a node that is told to stop', () => {
  it('says that it drains, takes no new phone, lets go of the others, whose operations wait at once', async () => {
    await using enrolments = await Enrolments.start({ OPENCAPF_DRAIN_TIMEOUT: '6' });
    await using other = await AnotherNode.start(enrolments);
    const [finishing = '', lingering = ''] = phones(2);
    for (const name of [finishing, lingering]) await enrolments.queueInstall(name);
    const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const [soon, never] = [gate(), gate()];
    const makingKey = async (held: typeof soon) => {
      await held.pass();
      return key;
    };
    const first = enrolments.enroll(finishing, { makeKey: () => makingKey(soon) });
    const second = enrolments.enroll(lingering, { makeKey: () => makingKey(never) });
    await Promise.all([soon.reached, never.reached]);
    const stopped = enrolments.service.kill('SIGTERM');
    const { admin, ca, capfPort } = enrolments.at;
    const ready = await eventually(
      () => get(`${admin}/readyz`, ca),
      ({ status }) => status === 503,
    );
    assert.match(ready.body, /draining/);
    assert.equal((await get(`${other.at.admin}/readyz`, ca)).status, 200);
    const nodes = await enrolments.rows<{ draining: boolean }>(
      'select draining_since is not null as draining from opencapf_private.node order by started_at',
    );
    assert.deepEqual(nodes, [{ draining: true }, { draining: false }]);
    const refused = await enrolments.enroll(finishing, { makeKey }, undefined, capfPort);
    assert.equal(refused.outcome.kind, 'connectionFault');
    soon.open();
    assert.equal((await first).outcome.kind, 'installed');
    assert.deepEqual(await stopped, { status: 0, signal: null });
    assert.deepEqual([(await stateOf(enrolments, lingering))?.state], ['pending']);
    never.open();
    const { outcome, endReason } = await second;
    assert.deepEqual([outcome.kind, endReason], ['connectionFault', undefined]);
    assert.equal(
      (await enrolments.enroll(lingering, { makeKey }, undefined, other.at.capfPort)).outcome.kind,
      'installed',
    );
  });
});

describe('a node that is told to stop when a certificate has just been recorded', () => {
  it('tells the phone so first, also without time to drain', async () => {
    await using enrolments = await Enrolments.start({ OPENCAPF_DRAIN_TIMEOUT: '0' });
    await enrolments.queueInstall(phone);
    const enrolling = enrolments.enroll(phone, { makeKey });
    await eventually(
      async () => await enrolments.rows(`select 1 from device where name = '${phone}' and md5hash is not null`),
      (rows) => rows.length === 1,
    );
    const [{ outcome }, ended] = await Promise.all([enrolling, enrolments.service.kill('SIGTERM')]);
    assert.equal(outcome.kind, 'installed', JSON.stringify(outcome));
    assert.deepEqual(ended, { status: 0, signal: null });
  });
});

describe('nodes that are restarted in turn behind a balancer', () => {
  it('lose no operation of phones that go on enrolling', async () => {
    await using enrolments = await Enrolments.start({ OPENCAPF_DRAIN_TIMEOUT: '1' });
    await using balancer = await Balancer.start();
    const nodes: Pick<AnotherNode, 'service' | 'at'>[] = [enrolments, await AnotherNode.start(enrolments, 'two')];
    const aim = (): void => {
      balancer.targets = nodes.map(({ at }) => at.capfPort);
    };
    try {
      aim();
      const names = phones(48);
      for (const name of names) await enrolments.queueInstall(name, undefined, undefined, 'ecOnly');
      let restarting = true;
      let drops = 0;
      const certificates = new Map<string, string>();
      const comes = async (name: string, index: number): Promise<void> => {
        // Some take longer than a node that is told to stop waits for them.
        const key = await generateKeyPair({ kind: 'ec', size: 256 });
        const makeKeySlowly = async () => {
          await delay(index % 4 === 0 ? 2_500 : 200);
          return key;
        };
        for (;;) {
          const { outcome } = await enrolments.enroll(name, { makeKey: makeKeySlowly }, undefined, balancer.port);
          if (outcome.kind === 'installed') {
            certificates.set(name, new X509Certificate(outcome.lsc.certificate).serialNumber.toLowerCase());
            return;
          }
          assert.ok(outcome.kind === 'connectionFault' || outcome.kind === 'tlsFault', JSON.stringify(outcome));
          drops += 1;
          await delay(100);
        }
      };
      const waiting = names.map((name, index) => ({ name, index }));
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          await comes(next.name, next.index);
          // Phones go on coming for as long as nodes are restarted.
          while (restarting && waiting.length < 8) await delay(50);
        }
      };
      const enrolling = Promise.all(Array.from({ length: 6 }, lane));
      for (const [index, name] of ['one', 'two'].entries()) {
        await delay(500);
        assert.deepEqual(await nodes[index]?.service.kill('SIGTERM'), { status: 0, signal: null });
        nodes[index] = await AnotherNode.start(enrolments, name);
        aim();
      }
      restarting = false;
      await enrolling;
      assert.ok(drops > 0, 'no phone was in the way of a restart');
      const rows = await enrolments.rows<{ name: string; serial: string; states: string }>(`
        select d.name, encode(c.serial, 'hex') as serial,
          (select string_agg(state, ',') from opencapf_private.operation o where o.device_name = d.name) as states
        from opencapf_private.device d join opencapf_private.certificate c on c.id = d.published_certificate_id`);
      assert.equal(rows.length, names.length);
      for (const { name, serial, states } of rows) {
        assert.equal(states, 'successful', name);
        assert.equal(BigInt(`0x${serial}`), BigInt(`0x${certificates.get(name)}`), name);
      }
    } finally {
      for (const { service } of nodes) await service[Symbol.asyncDispose]();
    }
  });
});

describe('a node that is killed', () => {
  it('leaves what it was at to the others, which find out by its silence, and to the phone at once', async () => {
    await using enrolments = await Enrolments.start();
    await using other = await AnotherNode.start(enrolments);
    const [patient = ''] = phones(1);
    for (const name of [phone, patient]) await enrolments.queueInstall(name);
    const held = [gate(), gate()] as const;
    const sessions = [phone, patient].map(
      async (name, index) =>
        await enrolments.enroll(name, {
          makeKey: async () => {
            await held[index === 0 ? 0 : 1].pass();
            return undefined;
          },
        }),
    );
    await Promise.all(held.map(({ reached }) => reached));
    const dead = enrolments.service.process.pid;
    await enrolments.service.kill('SIGKILL');
    for (const { open } of held) open();
    assert.deepEqual(
      (await Promise.all(sessions)).map(({ outcome }) => outcome.kind),
      ['connectionFault', 'connectionFault'],
    );
    assert.equal((await enrolments.enroll(phone, { makeKey }, undefined, other.at.capfPort)).outcome.kind, 'installed');
    assert.equal((await stateOf(enrolments, patient))?.state, 'inProgress');
    // A minute passes.
    await enrolments.rows(`update opencapf_private.node set heard_since = heard_since - interval '90 seconds'`);
    await enrolments.rows(
      `update opencapf_private.node set heartbeat_at = heartbeat_at - interval '90 seconds' where process_id = ${dead}`,
    );
    const found = await eventually(
      () => stateOf(enrolments, patient),
      (row) => row?.state === 'pending',
      30_000,
    );
    assert.equal(found?.reason, 'service-lost');
  });
});
