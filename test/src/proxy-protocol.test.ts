import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPhoneTls, type Enrollment, enroll, readCapfTrust } from '@opencapf/phone';
import { Enrolments, makeKey } from './support/enrolments.js';
import { Balancer, balancerAddress } from './support/proxy-protocol-balancer.js';

const linux = process.platform === 'linux' ? {} : { skip: 'needs several addresses of loopback' };

describe('a service behind a balancer that speaks PROXY protocol v2', linux, () => {
  let enrolments: Enrolments;
  before(async () => {
    enrolments = await Enrolments.start({
      OPENCAPF_PROXY_PROTOCOL: 'on',
      OPENCAPF_TRUSTED_PROXIES: balancerAddress,
      OPENCAPF_CAPF_LEGACY_PORT: '0',
    });
  });
  after(async () => await enrolments[Symbol.asyncDispose]());

  /** Enrols through a balancer. */
  async function behind(balancer: Balancer, name: string, from: string, authString?: string): Promise<Enrollment> {
    balancer.phoneAddress = from;
    const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(enrolments.at.ca)) });
    const { port } = balancer;
    return await enroll({ host: '127.0.0.1', port, name, authString, tls, timeoutMs: 8_000 }, { makeKey });
  }

  async function sessionsOf(name: string): Promise<readonly { listener: string; remote: string; outcome: string }[]> {
    return await enrolments.rows(
      `select listener, host(remote_address) as remote, outcome from opencapf_private.session where device_name = '${name}' order by id`,
    );
  }

  it('records where phones come from, on both listeners, and from those that come past the balancer too', async () => {
    const legacyPort = /TLS \S+:(\d+), from TLS 1\.0 on/.exec(enrolments.service.out)?.[1];
    for (const [name, listener, port] of [
      ['SEP0000000000A1', 'capf', enrolments.at.capfPort],
      ['SEP0000000000A2', 'legacy', Number(legacyPort)],
    ] as const) {
      await using balancer = await Balancer.start(port);
      await enrolments.queueInstall(name);
      assert.equal((await behind(balancer, name, '192.0.2.7')).outcome.kind, 'installed');
      assert.deepEqual(await sessionsOf(name), [{ listener, remote: '192.0.2.7', outcome: 'installed' }]);
    }
    const direct = 'SEP0000000000A3';
    await enrolments.queueInstall(direct);
    assert.equal((await enrolments.enroll(direct)).outcome.kind, 'installed');
    assert.deepEqual(await sessionsOf(direct), [{ listener: 'capf', remote: '127.0.0.1', outcome: 'installed' }]);
  });

  it('lets a null string in from the networks of its operation alone', async () => {
    const name = 'SEP0000000000B1';
    await using balancer = await Balancer.start(enrolments.at.capfPort);
    await enrolments.queueInstall(name, undefined, ['192.0.2.0/24']);
    assert.notEqual((await behind(balancer, name, '198.51.100.9')).outcome.kind, 'installed');
    assert.equal((await behind(balancer, name, '192.0.2.9')).outcome.kind, 'installed');
    assert.deepEqual(
      (await sessionsOf(name)).map(({ remote }) => remote),
      ['198.51.100.9', '192.0.2.9'],
    );
  });

  it('counts guesses by the address of the phone, so that a stranger behind the balancer keeps nobody else out', async () => {
    const name = 'SEP0000000000C1';
    await using balancer = await Balancer.start(enrolments.at.capfPort);
    await enrolments.queueInstall(name, '47114711');
    for (let guess = 0; guess < 6; guess++) {
      const { outcome } = await behind(balancer, name, '192.0.2.66', `1000000${guess}`);
      assert.notEqual(outcome.kind, 'installed');
    }
    const refused = await behind(balancer, name, '192.0.2.66', '47114711');
    assert.notEqual(refused.outcome.kind, 'installed', 'the stranger has to wait');
    assert.equal((await behind(balancer, name, '192.0.2.7', '47114711')).outcome.kind, 'installed');
  });
});
