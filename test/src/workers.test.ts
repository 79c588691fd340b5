import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Enrollment } from '@opencapf/phone';
import { generateKeyPair } from '@opencapf/pki';
import { Enrolments, makeKey } from './support/enrolments.js';
import { eventually } from './support/eventually.js';
import { type Gate, gate } from './support/gate.js';
import { get } from './support/https.js';
import { ServiceProcess } from './support/service-process.js';

const workers = { OPENCAPF_WORKERS: '2', OPENCAPF_DRAIN_TIMEOUT: '1' };

interface WorkerFacts {
  readonly number: number;
  readonly pid: number;
}

async function workersOf(enrolments: Enrolments): Promise<readonly WorkerFacts[]> {
  return await enrolments.rows<WorkerFacts>(
    'select worker as number, process_id as pid from opencapf_private.node where worker is not null order by worker',
  );
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A phone that makes its key until the test lets go. */
interface HeldPhone {
  readonly name: string;
  readonly pid: number;
  readonly gate: Gate;
  readonly enrollment: Promise<Enrollment>;
}

/** Lets phones come until each worker has one that makes its key. */
async function holdOneOfEach(enrolments: Enrolments, prefix: string): Promise<readonly HeldPhone[]> {
  const held: HeldPhone[] = [];
  for (let index = 0; new Set(held.map(({ pid }) => pid)).size < 2; index += 1) {
    assert.ok(index < 200, 'one worker takes all phones');
    const name = `${prefix}${index.toString().padStart(4, '0')}`;
    await enrolments.queueInstall(name);
    const { pass, ...rest } = gate();
    const enrollment = enrolments.enroll(name, {
      makeKey: async () => {
        await pass();
        return await generateKeyPair({ kind: 'rsa', size: 1024 });
      },
    });
    await rest.reached;
    const [row] = await enrolments.rows<{ pid: number }>(`
      select n.process_id as pid from opencapf_private.session s join opencapf_private.node n on n.id = s.node_id
      where s.device_name = '${name}' and s.ended_at is null`);
    held.push({ name, pid: row?.pid ?? 0, gate: { pass, ...rest }, enrollment });
  }
  return held;
}

describe('workers', () => {
  let enrolments: Enrolments;
  before(async () => {
    enrolments = await Enrolments.start(workers);
  });
  after(async () => await enrolments?.[Symbol.asyncDispose]());

  it('share the phones; one that is killed is made again, its operations wait at once, the others go on', async () => {
    const held = await holdOneOfEach(enrolments, 'SEP00000001');
    const atFirst = await workersOf(enrolments);
    assert.deepEqual(
      atFirst.map(({ number }) => number),
      [1, 2],
    );
    const doomed = held[0]?.pid ?? 0;
    process.kill(doomed, 'SIGKILL');
    const [lost, kept] = [held.filter(({ pid }) => pid === doomed), held.filter(({ pid }) => pid !== doomed)];
    for (const phone of held) phone.gate.open();
    for (const phone of lost) assert.equal((await phone.enrollment).outcome.kind, 'connectionFault');
    for (const phone of kept) assert.equal((await phone.enrollment).outcome.kind, 'installed');
    const released = lost.map(({ name }) => `'${name}'`).join(', ');
    await eventually(
      () =>
        enrolments.rows<{ state: string }>(
          `select state from opencapf_private.operation where device_name in (${released})`,
        ),
      (rows) => rows.every(({ state }) => state === 'pending'),
    );
    const remade = await eventually(
      () => workersOf(enrolments),
      (rows) => rows.length === 2 && rows.every(({ pid }) => pid !== doomed),
    );
    assert.ok(remade.some(({ pid }) => atFirst.some((earlier) => earlier.pid === pid)));
    for (const { name } of lost) assert.equal((await enrolments.enroll(name, { makeKey })).outcome.kind, 'installed');
    assert.equal((await get(`${enrolments.at.admin}/readyz`, enrolments.at.ca)).status, 200);
    assert.match(enrolments.service.err, /"worker":[12],"failure":"SIGKILL"/);
  });

  it('let their phones go when the service is told to stop, twice, and leave nothing behind', async () => {
    await using own = await Enrolments.start(workers);
    const held = await holdOneOfEach(own, 'SEP00000002');
    const pids = (await workersOf(own)).map(({ pid }) => pid);
    own.service.process.kill('SIGTERM');
    // As a terminal does, which signals the whole group.
    for (const pid of pids) process.kill(pid, 'SIGINT');
    assert.deepEqual(await own.service.kill('SIGTERM'), { status: 0, signal: null });
    assert.deepEqual(pids.filter(lives), []);
    for (const phone of held) {
      phone.gate.open();
      assert.equal((await phone.enrollment).outcome.kind, 'connectionFault');
    }
    const states = await own.rows('select distinct state from opencapf_private.operation');
    assert.deepEqual(states, [{ state: 'pending' }]);
    assert.deepEqual(await own.rows('select id from opencapf_private.node'), []);
    assert.doesNotMatch(own.service.err, /"level":"error"/);
  });

  it('may be told to stop, and killed all at once: /readyz says so until one serves again', async () => {
    const [first, second] = await workersOf(enrolments);
    process.kill(first?.pid ?? 0, 'SIGTERM');
    const made = await eventually(
      () => workersOf(enrolments),
      (rows) => rows.length === 2 && rows.every(({ pid }) => pid !== first?.pid),
    );
    assert.ok(made.some(({ pid }) => pid === second?.pid));
    assert.match(enrolments.service.err, /"worker":1,"msg":"a worker was told to stop, and is made again"/);
    for (const { pid } of made) process.kill(pid, 'SIGKILL');
    const { admin, ca } = enrolments.at;
    const readyz = () => get(`${admin}/readyz`, ca);
    const { body } = await eventually(readyz, ({ status }) => status === 503);
    assert.match(body, /no worker serves phones/);
    await eventually(readyz, ({ status }) => status === 200);
  });

  it('end with the process that owns them, however that ends', async () => {
    await using own = await Enrolments.start(workers);
    const pids = (await workersOf(own)).map(({ pid }) => pid);
    assert.equal(pids.length, 2);
    await own.service.kill('SIGKILL');
    await eventually(
      async () => pids.filter(lives),
      (alive) => alive.length === 0,
    );
  });

  it('keep a start from going on that cannot listen, in one line that names the setting', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await delay(0);
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using service = new ServiceProcess({
      dataDir: enrolments.dataDir('of-another'),
      settings: { ...enrolments.nodeSettings, OPENCAPF_CAPF_PORT: String(port), OPENCAPF_LOG_LEVEL: 'silent' },
    });
    assert.deepEqual(await service.ended, { status: 1, signal: null });
    assert.match(service.err, /^opencapf: .*OPENCAPF_CAPF_PORT: port \d+ is in use.*\n$/);
    taken.close();
  });
});
