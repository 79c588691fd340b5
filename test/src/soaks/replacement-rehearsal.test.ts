import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createPhoneTls, type PhoneTls, readCapfTrust } from '@opencapf/phone';
import { Administrator, administratorSettings } from '../support/administrator.js';
import { Enrolments } from '../support/enrolments.js';
import { randomNumbers } from '../support/random-numbers.js';
import { KilledNodes } from './killed-nodes.js';
import { RehearsalPhone } from './rehearsal-phone.js';
import { RehearsalWatch } from './rehearsal-watch.js';
import { soakPhones } from './soak-phones.js';

const phoneCount = soakPhones(50);
const seed = Number(process.env['OPENCAPF_FAULT_SEED'] ?? randomInt(2 ** 31));
const phonesAtOnce = 8;
const endings = ['installed', 'fetched', 'nothingPending'];

describe('an issuer that is replaced by another while nodes are killed', () => {
  const many = `${phoneCount} phones (OPENCAPF_SOAK_PHONES)`;
  it(`leaves none of ${many} without a usable certificate, seed ${seed} (OPENCAPF_FAULT_SEED)`, async (t) => {
    const random = randomNumbers(seed);
    // Its own node serves no phone and is not killed: administrators and call control ask it.
    await using enrolments = await Enrolments.start(administratorSettings);
    await using administrator = new Administrator(enrolments.at);
    await using nodes = await KilledNodes.start(enrolments, random, Math.max(40, phoneCount / 5));
    const phones = Array.from({ length: phoneCount }, (_, number) => phoneOf(number));
    const counts = { visits: 0, lost: 0, queuedAgain: 0 };

    const queue = async (phone: RehearsalPhone, byLsc: boolean): Promise<void> => {
      phone.forgetKey();
      const authenticationMode = byLsc ? 'existingCertificateLscFirst' : 'nullString';
      const operation = { operation: 'install', authenticationMode, keyOrder: 'ecOnly' };
      await administrator.call('POST', `/v1/devices/${phone.name}/operations`, operation, 201);
    };

    /** The phone comes until it is told that nothing is left to do. */
    const comeUntilDone = async (phone: RehearsalPhone, tls: PhoneTls): Promise<void> => {
      for (let visit = 1; ; visit += 1) {
        await nodes.visit();
        const { outcome } = await phone.visit(nodes.port, tls);
        counts.visits += 1;
        if (endings.includes(outcome.kind)) return;
        assert.ok(visit < 200, `${phone.name} was not served in ${visit} visits`);
        if (outcome.kind === 'refused') await queueWhatEnded(phone);
        else assert.equal(outcome.kind, 'connectionFault', JSON.stringify(outcome));
        counts.lost += 1;
        await delay(50 + random(200));
      }
    };

    /** What the old issuer was about to sign when its node was killed is not signed by the new one: an operator asks anew. */
    const queueWhatEnded = async (phone: RehearsalPhone): Promise<void> => {
      const [last] = await enrolments.rows<{ code: string }>(`
        select reason_code as code from opencapf_private.operation where device_name = '${phone.name}'
          and state = 'failed' order by id desc limit 1`);
      assert.equal(last?.code, 'certificate-request-ended', phone.name);
      await queue(phone, phone.options.proof === 'lsc');
      counts.queuedAgain += 1;
    };

    /** Some phones at once; before the one of a given number comes, something is done. */
    const renew = async (
      renewing: readonly RehearsalPhone[],
      tls: PhoneTls,
      before: Readonly<Record<number, () => Promise<void>>> = {},
    ): Promise<void> => {
      const order = (async function* () {
        for (const [number, phone] of renewing.entries()) {
          await before[number]?.();
          yield phone;
        }
      })();
      const lane = async (): Promise<void> => {
        for (let next = await order.next(); !next.done; next = await order.next()) {
          const phone = next.value;
          await queue(phone, phone.lsc !== undefined && phone.options.proof === 'lsc');
          await comeUntilDone(phone, tls);
        }
      };
      await Promise.all(Array.from({ length: phonesAtOnce }, lane));
    };

    for (const { name } of phones) await administrator.call('PUT', `/v1/devices/${name}`, {}, 201);
    await renew(phones, trusting(enrolments.at.ca));
    const watch = new RehearsalWatch(enrolments, administrator, phones);
    await watch.look();

    const next = { name: 'Next', kind: 'local', configuration: { key: 'EC 256' }, secrets: {} };
    await administrator.call('POST', '/v1/authorities', next, 201);
    const bundle = await administrator.trustBundle();
    assert.match(bundle, /^# authority Next, staged: /m);
    const tls = trusting(enrolments.at.ca + bundle);

    const tenth = Math.floor(phoneCount / 10);
    const early = phones.slice(0, tenth);
    const activate = async (): Promise<void> => {
      await watch.look();
      await administrator.call('POST', '/v1/authorities/Next/activate', {}, 409);
      await administrator.call('POST', '/v1/authorities/Next/activate', { confirmed: true, makeDefault: true });
      await watch.look();
    };
    const retire = async (): Promise<void> => {
      await watch.look();
      await administrator.call('POST', '/v1/authorities/local/retire');
      await watch.look();
    };
    const renewals = new AbortController();
    const watching = (async () => {
      while (!renewals.signal.aborted) {
        await watch.look();
        await delay(200);
      }
    })();
    try {
      // Those that came before the activation, and those that missed their renewal, renew by LSCs of the retired issuer.
      const changes = { [tenth]: activate, [8 * tenth]: retire };
      await Promise.race([renew([...phones, ...early], tls, changes), watching]);
      for (const phone of phones) await comeUntilDone(phone, tls);
    } finally {
      renewals.abort();
      await watching;
    }

    const old = await enrolments.rows(`
      select c.device_name from opencapf_private.device d
        join opencapf_private.certificate c on c.id = d.lsc_certificate_id
        join opencapf_private.issuer i on i.id = c.issuer_id where i.name <> 'Next'`);
    assert.deepEqual(old, [], 'every phone has an LSC of the new issuer');
    const behind = watch.ahead;
    await watch.look();
    assert.equal(watch.ahead, behind, 'the record shows what every phone has');
    const late = await enrolments.rows(`
      select c.device_name from opencapf_private.certificate c
        join opencapf_private.issuer i on i.id = c.issuer_id join opencapf_private.session s on s.id = c.session_id
        where s.started_at > i.retired_at or (i.state <> 'retired' and c.intended_at < i.activated_at)`);
    assert.deepEqual(
      late,
      [],
      'no issuer signed for a session that began after its retirement, or before its activation',
    );
    const twice = await enrolments.rows(`
      select operation_id, public_key_sha256 from opencapf_private.certificate where issued_at is not null
      group by operation_id, public_key_sha256 having count(*) > 1`);
    assert.deepEqual(twice, [], 'no operation has two certificates for one key');
    const open = await enrolments.rows(
      "select device_name, state from opencapf_private.operation where state not in ('successful', 'failed')",
    );
    assert.deepEqual(open, [], 'every operation ended');
    assert.deepEqual(await enrolments.auditFaults(), [], 'opencapf audit verify');
    t.diagnostic(JSON.stringify({ ...counts, kills: nodes.kills, looks: watch.looks, ahead: watch.ahead }));
    assert.ok(nodes.kills > 2 && counts.lost > 0, 'kills were felt');
  });
});

function phoneOf(number: number): RehearsalPhone {
  return new RehearsalPhone({
    name: `SEP${number.toString(16).toUpperCase().padStart(12, '0')}`,
    proof: number % 2 === 0 ? 'lsc' : 'none',
    keepsKey: number % 4 < 2,
  });
}

function trusting(pem: string): PhoneTls {
  return createPhoneTls({ trust: readCapfTrust(Buffer.from(pem)) });
}
