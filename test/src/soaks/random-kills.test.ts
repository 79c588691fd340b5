import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneIdentity } from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { AnotherNode } from '../support/another-node.js';
import { Enrolments } from '../support/enrolments.js';
import { randomNumbers } from '../support/random-numbers.js';

const seconds = Number(process.env['OPENCAPF_SOAK_SECONDS'] ?? 60);
const seed = Number(process.env['OPENCAPF_FAULT_SEED'] ?? randomInt(2 ** 31));
const phonesAtOnce = 8;

/** A phone that makes the same key again when its session was lost, or another each time. */
interface Phone {
  readonly name: string;
  readonly keepsKey: boolean;
}

describe('two nodes of which one is killed every few seconds', () => {
  it(`lose no operation for ${seconds} s (OPENCAPF_SOAK_SECONDS), seed ${seed} (OPENCAPF_FAULT_SEED)`, async (t) => {
    const random = randomNumbers(seed);
    // Its own node serves no phone and is not killed.
    await using enrolments = await Enrolments.start();
    const nodes: [AnotherNode, AnotherNode] = [
      await AnotherNode.start(enrolments, 'first'),
      await AnotherNode.start(enrolments, 'second'),
    ];
    const until = performance.now() + seconds * 1_000;
    const counts = { kills: 0, phones: 0, visits: 0, lost: 0 };

    const killing = async (): Promise<void> => {
      while (performance.now() < until) {
        await delay(1_000 + random(2_000));
        const victim = random(2) as 0 | 1;
        await nodes[victim].service.kill('SIGKILL');
        counts.kills += 1;
        nodes[victim] = await AnotherNode.start(enrolments, victim === 0 ? 'first' : 'second');
      }
    };

    const enrolling = async (lane: number): Promise<void> => {
      for (let number = 0; performance.now() < until; number += 1) {
        const name = `SEP${(lane * 0x100000 + number).toString(16).toUpperCase().padStart(12, '0')}`;
        await enrolments.queueInstall(name, undefined, undefined, 'ecOnly');
        await enrolUntilItEnds({ name, keepsKey: number % 2 === 0 });
        counts.phones += 1;
      }
    };

    const enrolUntilItEnds = async ({ name, keepsKey }: Phone): Promise<void> => {
      const kept = await generateKeyPair({ kind: 'ec', size: 256 });
      const makeKey = keepsKey ? async () => kept : undefined;
      let identity: PhoneIdentity = {};
      for (let visit = 1; ; visit += 1) {
        const port = nodes[random(2) as 0 | 1].at.capfPort;
        const made = await enrolments.enroll(name, { makeKey }, undefined, port, identity);
        identity = made.identity;
        counts.visits += 1;
        if (made.outcome.kind === 'installed' || made.outcome.kind === 'fetched') break;
        assert.equal(made.outcome.kind, 'connectionFault', JSON.stringify(made.outcome));
        counts.lost += 1;
        assert.ok(visit < 200, `${name} was not served in ${visit} visits`);
        await delay(50 + random(200));
      }
      const hash = createHash('md5').update(identity.lsc?.certificate ?? assert.fail(`${name} has no LSC`));
      const [row] = await enrolments.rows(`
        select o.state, d.md5hash as shown from opencapf_private.operation o
          join public.device d on d.name = o.device_name where o.device_name = '${name}'`);
      assert.deepEqual(row, { state: 'successful', shown: hash.digest('hex') }, name);
    };

    try {
      await Promise.all([killing(), ...Array.from({ length: phonesAtOnce }, (_, lane) => enrolling(lane))]);
    } finally {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    }
    t.diagnostic(JSON.stringify(counts));
    const twice = await enrolments.rows(`
      select operation_id, public_key_sha256 from opencapf_private.certificate where issued_at is not null
      group by operation_id, public_key_sha256 having count(*) > 1`);
    assert.deepEqual(twice, [], 'no operation has two certificates for one key');
    const open = await enrolments.rows(
      "select device_name from opencapf_private.operation where state <> 'successful'",
    );
    assert.deepEqual(open, [], 'every operation ended');
    assert.deepEqual(await enrolments.auditFaults(), [], 'opencapf audit verify');
    assert.ok(counts.kills > 0 && counts.phones > 0, JSON.stringify(counts));
  });
});
