import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AuthorityError } from '@opencapf/authority';
import { sha256Hex } from '@opencapf/pki';
import { hastenRequests } from '@opencapf/store';
import { addFakeAuthority, issueBy, lookNow } from './testing/fake-authority.js';
import { makeRig, phoneKey } from './testing/rig.js';
import { ordinaryPhone } from './testing/scripted-phone.js';

const phones = 24;
const concurrency = 4;

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

it(`${phones} phones of an authority that does not answer hold nothing once they were hung up on, and get what was asked for first`, async () => {
  await using rig = await makeRig();
  const ca = await addFakeAuthority(rig, { patienceMs: 100, concurrency, timeoutMs: 60_000 });
  const { live, requests } = rig.services;
  let answer = (): void => undefined;
  const answered = new Promise<'issue'>((resolve) => {
    answer = () => resolve('issue');
  });
  let underWay = 0;
  let mostUnderWay = 0;
  ca.answers.submit = async () => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    await answered;
    underWay -= 1;
    return 'issue' as const;
  };
  const waiting = await Promise.all(
    Array.from({ length: phones }, async (_, index) => {
      const name = `SEP0000000000${index.toString(16).toUpperCase().padStart(2, '0')}`;
      const device = await rig.addDevice(name);
      await issueBy(rig, device, ca);
      return { name, publicKey: await phoneKey(), operation: await rig.queue(device) };
    }),
  );
  const timersBefore = timers();

  const first = await Promise.all(waiting.map(async (phone) => await rig.serve(ordinaryPhone(phone))));
  for (const { commands, ended } of first) {
    assert.deepEqual([commands, ended], [['AuthRequest', 'KeyGenerateRequest'], 'hung up']);
  }
  assert.deepEqual(live.ids(), []);
  // A session holds the device for as long as the operation is inProgress.
  const counts = await rig.rows('select state, count(*)::int as count from opencapf_private.operation group by state');
  assert.deepEqual(counts, [{ state: 'waitingForAuthority', count: phones }]);
  const open = await rig.rows('select from opencapf_private.session where ended_at is null');
  assert.equal(open.length, 0);
  const busy = await rig.rows(
    `select state, query from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`,
  );
  assert.deepEqual(busy, []);
  assert.deepEqual([underWay, requests.standings()[0]?.underWay], [concurrency, concurrency]);
  // One for each call under way: none for a phone.
  assert.ok(timers() <= timersBefore + concurrency, `${timersBefore} timers before, ${timers()} now`);

  answer();
  for (let rounds = 0; rounds < phones / concurrency; rounds += 1) await lookNow(rig);
  assert.equal(mostUnderWay, concurrency);
  for (const phone of waiting) {
    const { commands, ended } = await rig.serve(ordinaryPhone(phone));
    assert.deepEqual([commands, ended], [['AuthRequest', 'StoreCertificateRequest'], 1]);
    assert.equal((await rig.operation(phone.operation)).state, 'successful');
  }
  assert.deepEqual([...ca.asked].sort(), waiting.map(({ publicKey }) => sha256Hex(publicKey)).sort());
});

it('an authority that was away is asked again, also when it was looked at meanwhile', async () => {
  await using rig = await makeRig();
  const ca = await addFakeAuthority(rig, { patienceMs: 50, concurrency });
  const { requests } = rig.services;
  const circuit = (): string | undefined => requests.standings()[0]?.circuit;
  ca.answers.submit = () => new AuthorityError('authority-unreachable');
  const waiting = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const name = `SEP00000000001${index}`;
      const device = await rig.addDevice(name);
      await issueBy(rig, device, ca);
      return { name, publicKey: await phoneKey(), operation: await rig.queue(device) };
    }),
  );
  for (const phone of waiting) assert.equal((await rig.serve(ordinaryPhone(phone))).ended, 'hung up');
  assert.equal(circuit(), 'open');
  await lookNow(rig);
  assert.equal(circuit(), 'open');

  ca.answers.submit = () => 'issue';
  assert.equal(await hastenRequests(rig.services.database, { issuer: ca.id }, { name: 'test' }), waiting.length);
  for (let rounds = 0; rounds < 2; rounds += 1) await lookNow(rig);
  assert.equal(circuit(), 'closed');
  for (const phone of waiting) {
    await rig.serve(ordinaryPhone(phone));
    assert.equal((await rig.operation(phone.operation)).state, 'successful');
  }
});
