import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { createPhoneTls, type Enrollment, enroll, type PhoneIdentity, readCapfTrust } from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { activateIssuer, type NewIssuer, stageIssuer } from '@opencapf/store';
import { Enrolments } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { calm, chaosSeed, seededChaos } from './chaos.js';
import { FakeCa } from './fake-ca.js';
import { FakeCmp } from './fake-cmp.js';
import { macOfSecret } from './fake-cmp-protection.js';
import { FakeEst } from './fake-est.js';

const author = { name: 'test' };
const seed = chaosSeed();
const secret = 'correct horse battery';

let enrolments: Enrolments;
let anchors = '';
let named = randomInt(0x1000);

/** A CA, and the authority that stands for it in the service. */
async function addAuthority(
  ca: FakeCa,
  name: string,
  authority: Pick<NewIssuer, 'kind' | 'configuration' | 'secrets'>,
): Promise<number> {
  const { database } = enrolments.test;
  const signing = { certificate: ca.certificate, chain: ca.chain };
  const staged = await stageIssuer(
    database,
    enrolments.secretKey,
    { name, signing, secrets: {}, ...authority },
    author,
  );
  assert.ok(staged.outcome === 'staged');
  await activateIssuer(database, staged.id, { confirmed: true, makeDefault: false }, author);
  anchors += ca.pem;
  return staged.id;
}

/** Phones that have an install queued, of the service's own issuer unless it says otherwise. */
async function phonesOf(count: number, issuer?: number, keyOrder: 'rsaOnly' | 'ecOnly' = 'ecOnly') {
  const names: string[] = [];
  for (let made = 0; made < count; made += 1) {
    named += 1;
    const name = `SEP0ABC${named.toString(16).toUpperCase().padStart(8, '0')}`;
    await enrolments.queueInstall(name, undefined, undefined, keyOrder);
    names.push(name);
  }
  if (issuer !== undefined) {
    await enrolments.rows(
      `update opencapf_private.device set issuer_id = ${issuer} where name in ('${names.join("','")}')`,
    );
  }
  return names;
}

/** One visit of a phone, with what it holds. */
async function visit(name: string, identity: PhoneIdentity = {}): Promise<Enrollment> {
  const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(`${enrolments.at.ca}${anchors}`)) });
  const { capfPort: port } = enrolments.at;
  return await enroll(
    { host: '127.0.0.1', port, name, identity, tls, timeoutMs: 8_000 },
    { makeKey: async (type) => await generateKeyPair(type) },
  );
}

/** A phone that comes until it has its certificate, also while the service is down. @returns how often */
async function visitUntilInstalled(name: string): Promise<number> {
  let identity: PhoneIdentity = {};
  for (let visits = 1; ; visits += 1) {
    const enrollment = await visit(name, identity);
    const { kind } = enrollment.outcome;
    if (kind === 'installed') return visits;
    assert.equal(kind, 'connectionFault', `${name}: ${JSON.stringify(enrollment.outcome)}`);
    ({ identity } = enrollment);
    await pass(300);
  }
}

async function countOf(names: readonly string[], state: string): Promise<number> {
  const rows = await enrolments.rows(
    `select from opencapf_private.operation where state = '${state}' and device_name in ('${names.join("','")}')`,
  );
  return rows.length;
}

describe('phones of authorities elsewhere', () => {
  before(async () => {
    enrolments = await Enrolments.start();
  });
  after(async () => {
    await enrolments[Symbol.asyncDispose]();
  });

  it('sign their requests themselves where the authority demands it, and what they answered is on record', async () => {
    const ca = await FakeCa.create({ name: 'Strict CA' });
    await using est = await FakeEst.start({ ca, tls: await ca.tlsIdentity('server'), chaos: calm });
    const configuration = { url: est.url, proofOfPossession: 'phone' };
    const issuer = await addAuthority(ca, 'Strict', { kind: 'est', configuration });
    for (const keyOrder of ['rsaOnly', 'ecOnly'] as const) {
      const [name = ''] = await phonesOf(1, issuer, keyOrder);
      assert.equal((await visit(name)).outcome.kind, 'installed');
      const [record] = await enrolments.rows<{ reason: string; request: Buffer }>(`
        select s.reason, c.request from opencapf_private.session s
          join opencapf_private.certificate c on c.device_name = s.device_name and c.type = 'LSC'
          where s.device_name = '${name}'`);
      const [, answer = ''] =
        /^SIGN_CERTIFICATE_REQUEST was answered by ([0-9a-f]+)\.$/.exec(record?.reason ?? '') ?? [];
      // The PKCS#10 ends with the signature value, and so does the answer.
      const signature = record?.request.subarray(-64).toString('hex') ?? '-';
      assert.ok(answer.includes(signature), `${answer} holds ${signature}`);
    }
    assert.deepEqual(ca.certified.map(({ key }) => key).length, 2);
  });

  it('that hangs wait, while those of another enrol at once as if nothing were', async () => {
    const ca = await FakeCa.create({ name: 'Hanging CA' });
    await using est = await FakeEst.start({
      ca,
      tls: await ca.tlsIdentity('server'),
      acceptUnsigned: true,
      chaos: calm,
    });
    const answering = gate();
    est.held = answering.pass();
    const configuration = { url: est.url, patienceSeconds: 1, timeoutSeconds: 300 };
    const issuer = await addAuthority(ca, 'Hanging', { kind: 'est', configuration });
    const waiting = await phonesOf(20, issuer);
    const others = await phonesOf(5);
    const coming = Promise.all(waiting.map(visitUntilInstalled));
    try {
      await eventually(
        async () => await countOf(waiting, 'waitingForAuthority'),
        (count) => count === waiting.length,
        60_000,
      );
      const visits = await Promise.all(others.map(visitUntilInstalled));
      assert.deepEqual(visits, Array(others.length).fill(1), 'one visit each');
      assert.equal(est.came, 16, 'no more are asked for at once than the authority is set to take');
      assert.equal(ca.certified.length, 0);
    } finally {
      est.held = undefined;
      answering.open();
      await coming;
    }
    assert.deepEqual([ca.certified.length, ca.certifiedTwice()], [waiting.length, []]);
  });

  it(`lose nothing when the node is killed while requests are under way; seed ${seed} (OPENCAPF_FAULT_SEED)`, async () => {
    const estCa = await FakeCa.create({ name: 'EST CA' });
    const cmpCa = await FakeCa.create({ name: 'CMP CA' });
    await using est = await FakeEst.start({
      ...{ ca: estCa, tls: await estCa.tlsIdentity('server'), acceptUnsigned: true },
      chaos: seededChaos(seed),
    });
    await using cmp = await FakeCmp.start({
      ...{ ca: cmpCa, protection: macOfSecret('opencapf', secret), confirmation: 'explicit' },
      chaos: seededChaos(seed + 1),
    });
    const terms = { patienceSeconds: 1, timeoutSeconds: 60 };
    const estIssuer = await addAuthority(estCa, 'EST', { kind: 'est', configuration: { ...terms, url: est.url } });
    const cmpIssuer = await addAuthority(cmpCa, 'CMP', {
      kind: 'cmp',
      configuration: { ...terms, url: cmp.url, reference: 'opencapf' },
      secrets: { secret },
    });
    const phones = [...(await phonesOf(8, estIssuer)), ...(await phonesOf(8, cmpIssuer))];
    const answering = gate();
    est.held = answering.pass();
    cmp.held = est.held;
    const coming = Promise.all(phones.map(visitUntilInstalled));
    try {
      await eventually(
        async () => est.came + cmp.came,
        (came) => came >= phones.length,
        60_000,
      );
      await enrolments.service.kill('SIGKILL');
    } finally {
      // They certify what nobody hears of.
      est.held = undefined;
      cmp.held = undefined;
      answering.open();
    }
    await enrolments.startService();
    // As if the leases of the dead node had run out.
    await enrolments.rows(`
      update opencapf_private.authority_request set leased_until = now(), next_attempt_at = now()
        where owner is not null and ended_at is null`);
    await coming;
    assert.deepEqual([estCa.certifiedTwice(), cmpCa.certifiedTwice(), cmp.faults], [[], [], []]);
    assert.equal(await countOf(phones, 'successful'), phones.length);
    // Of CMP it can be found out what came of a request: nothing that it certified is lost. Of EST it cannot: those phones made a new key.
    assert.equal(cmpCa.certified.length, 8);
    assert.ok(estCa.certified.length > 8, `${estCa.certified.length}`);
    const open = await enrolments.rows('select from opencapf_private.authority_request where ended_at is null');
    assert.deepEqual(open, []);
  });
});
