import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Outcome, PhoneIdentity } from '@opencapf/phone';
import { generateKeyPair, type KeyPair } from '@opencapf/pki';
import type { Held } from '../support/database-proxy.js';
import type { Enrolments } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { type ProxiedEnrolments, proxiedEnrolments } from '../support/proxied-enrolments.js';

/** The steps of docs/issuance-cycle.md that are commits, by the statement of each and what stands when it is done. */
const steps = [
  { step: 'the phone says who it is', statement: 'find-device', done: 'true' },
  { step: 'taken', statement: 'begin-operation', done: "o.state = 'inProgress'" },
  { step: 'intended', statement: 'intend-certificate', done: 'c.id is not null' },
  { step: 'issued', statement: 'issue-certificate', done: 'c.der is not null' },
  { step: 'installed', statement: 'finish-install', done: "o.state = 'successful'" },
] as const;

const moments: Readonly<Record<Held, string>> = {
  statement: 'before it is committed',
  answer: 'when it is committed and the node does not know yet',
};

interface Facts {
  readonly state: string;
  readonly certificates: number;
  readonly issued: string | null;
  readonly shown: string | null;
}

async function facts(enrolments: Enrolments, name: string): Promise<Facts | undefined> {
  const [row] = await enrolments.rows<Facts>(`
    select o.state, d.md5hash as shown, count(c.id) as certificates, max(md5(c.der)) as issued
    from opencapf_private.operation o join public.device d on d.name = o.device_name
      left join opencapf_private.certificate c on c.operation_id = o.id
    where o.device_name = '${name}' group by o.id, d.md5hash`);
  return row;
}

describe('kill -9 of the node', () => {
  let proxy: ProxiedEnrolments['proxy'];
  let enrolments: ProxiedEnrolments['enrolments'];
  let finish: ProxiedEnrolments['finish'];
  before(async () => {
    ({ proxy, enrolments, finish } = await proxiedEnrolments());
  });
  after(async () => await finish());

  let phones = 0;
  for (const { step, statement, done } of steps) {
    for (const held of ['statement', 'answer'] as const) {
      it(`at "${step}", ${moments[held]}: the next visit ends the operation with one certificate for the key`, async () => {
        phones += 1;
        const name = `SEP00000000000${phones.toString(16).toUpperCase()}`;
        await enrolments.queueInstall(name);
        const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
        const makeKey = async () => key;

        const reached = proxy.hold(statement, held);
        const first = enrolments.enroll(name, { makeKey });
        await reached;
        if (held === 'answer') {
          await eventually(
            () =>
              enrolments.rows<{ done: boolean }>(`select ${done} as done from opencapf_private.operation o
                left join opencapf_private.certificate c on c.operation_id = o.id where o.device_name = '${name}'`),
            ([row]) => row?.done === true,
          );
        }
        await enrolments.service.kill('SIGKILL');
        const interrupted = await first;
        assert.equal(interrupted.outcome.kind, 'connectionFault');
        const left = await facts(enrolments, name);
        const received = interrupted.steps.some(({ command }) => command === 'StoreCertificateRequest');
        assert.ok(!received || left?.issued != null, 'no certificate reaches a phone before it is on record');

        await enrolments.startService();
        const ended = statement === 'finish-install' && held === 'answer';
        await endsWithOneCertificate(name, makeKey, interrupted.identity, ended ? 'fetched' : 'installed');
      });
    }
  }

  for (const command of ['KeyGenerateResponse', 'StoreCertificateResponse'] as const) {
    it(`while the phone is about to send ${command}: the next visit ends the operation with one certificate for the key`, async () => {
      phones += 1;
      const name = `SEP00000000000${phones.toString(16).toUpperCase()}`;
      await enrolments.queueInstall(name);
      const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
      const makeKey = async () => key;
      const { reached, pass, open } = gate();
      const first = enrolments.enroll(name, {
        makeKey,
        async send(message) {
          if (message.command === command) await pass();
          return message;
        },
      });
      await reached;
      await enrolments.service.kill('SIGKILL');
      open();
      const { identity } = await first;
      await enrolments.startService();
      await endsWithOneCertificate(name, makeKey, identity, 'installed');
    });
  }

  async function endsWithOneCertificate(
    name: string,
    makeKey: () => Promise<KeyPair>,
    held: PhoneIdentity,
    kind: Outcome['kind'],
  ): Promise<void> {
    const { outcome, identity } = await enrolments.enroll(name, { makeKey }, undefined, undefined, held);
    assert.equal(outcome.kind, kind);
    const lsc = identity.lsc?.certificate ?? assert.fail('the phone has no LSC');
    const hash = createHash('md5').update(lsc).digest('hex');
    assert.deepEqual(await facts(enrolments, name), {
      state: 'successful',
      certificates: 1,
      issued: hash,
      shown: hash,
    });
  }
});
