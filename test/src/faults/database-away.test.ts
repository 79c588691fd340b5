import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair } from '@opencapf/pki';
import { makeKey } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { get } from '../support/https.js';
import { type ProxiedEnrolments, proxiedEnrolments } from '../support/proxied-enrolments.js';

describe('while PostgreSQL is away', () => {
  let proxy: ProxiedEnrolments['proxy'];
  let enrolments: ProxiedEnrolments['enrolments'];
  let finish: ProxiedEnrolments['finish'];
  before(async () => {
    ({ proxy, enrolments, finish } = await proxiedEnrolments());
  });
  after(async () => await finish());

  const readyz = async () => await get(`${enrolments.at.admin}/readyz`, enrolments.at.ca);

  it('a phone that makes its key is kept, new ones are closed without END_SESSION, /readyz says so, and all goes on', async () => {
    const [waiting, coming] = ['SEP000000000201', 'SEP000000000202'];
    for (const name of [waiting, coming]) await enrolments.queueInstall(name);
    const key = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const { reached, pass, open } = gate();
    const kept = enrolments.enroll(waiting, {
      async makeKey() {
        await pass();
        return key;
      },
    });
    await reached;

    proxy.stop();
    const { body } = await eventually(readyz, ({ status }) => status === 503);
    assert.match(body, /PostgreSQL does not answer/);
    const turnedAway = await enrolments.enroll(coming, { makeKey });
    assert.deepEqual([turnedAway.outcome.kind, turnedAway.endReason], ['connectionFault', undefined]);

    proxy.restore();
    await eventually(readyz, ({ status }) => status === 200);
    open();
    assert.equal((await kept).outcome.kind, 'installed');
    assert.equal((await enrolments.enroll(coming, { makeKey })).outcome.kind, 'installed');
  });

  it('connections that are cut cost a phone its session at most, and the next one goes through', async () => {
    for (const [index, statement] of [
      'find-device',
      'begin-operation',
      'intend-certificate',
      'finish-install',
    ].entries()) {
      const name = `SEP00000000030${index}`;
      await enrolments.queueInstall(name);
      const reached = proxy.hold(statement, 'answer');
      const first = enrolments.enroll(name, { makeKey });
      await reached;
      proxy.cut();
      const { outcome, identity } = await first;
      assert.equal(outcome.kind, 'connectionFault', statement);
      const again = await enrolments.enroll(name, { makeKey }, undefined, undefined, identity);
      assert.match(again.outcome.kind, /^(installed|fetched)$/, statement);
    }
  });

  it('connections that swallow everything are given up, and a phone that comes back is served', async () => {
    const name = 'SEP000000000401';
    await enrolments.queueInstall(name);
    proxy.swallow();
    const lost = await enrolments.enroll(name, { makeKey });
    assert.equal(lost.outcome.kind, 'connectionFault');
    assert.equal((await eventually(readyz, ({ status }) => status === 503)).status, 503);
    proxy.restore();
    await eventually(readyz, ({ status }) => status === 200, 60_000);
    const { outcome } = await eventually(
      () => enrolments.enroll(name, { makeKey }),
      ({ outcome: { kind } }) => kind === 'installed',
      60_000,
    );
    assert.equal(outcome.kind, 'installed');
  });
});
