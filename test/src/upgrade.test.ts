import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnotherNode } from './support/another-node.js';
import { Balancer } from './support/balancer.js';
import { Enrolments, makeKey } from './support/enrolments.js';
import { eventually } from './support/eventually.js';
import { type Gate, gate } from './support/gate.js';
import { ServiceProcess } from './support/service-process.js';
import { laterVersion } from './upgrade/later-version.js';

/** A site whose phones come one after the other, through a balancer, each with an install queued. */
class Site implements AsyncDisposable {
  readonly balancer: Balancer;
  readonly enrolments: Enrolments;
  #phones = 0;

  private constructor(enrolments: Enrolments, balancer: Balancer) {
    this.enrolments = enrolments;
    this.balancer = balancer;
  }

  static async start(): Promise<Site> {
    return new Site(await Enrolments.start({ OPENCAPF_DRAIN_TIMEOUT: '60' }), await Balancer.start());
  }

  /** The newest migration that each living node knows, in the order of their starts. */
  async nodes(): Promise<readonly string[]> {
    const rows = await this.enrolments.rows<{ knows: string }>(
      'select knows_migration as knows from opencapf_private.node order by started_at',
    );
    return rows.map(({ knows }) => knows);
  }

  /** The columns of a device that are of later versions. */
  async laterColumns(): Promise<readonly string[]> {
    const rows = await this.enrolments.rows<{ name: string }>(`select attname as name from pg_attribute
      where attrelid = 'opencapf_private.device'::regclass and attname in ('later', 'last')`);
    return rows.map(({ name }) => name);
  }

  /** Lets so many phones enrol. @returns which versions served them: the newest migrations of their nodes, sorted */
  async servedBy(count: number): Promise<readonly string[]> {
    const names = await this.#queue(count);
    for (const name of names) assert.equal(await this.#enroll(name, makeKey), 'installed', name);
    const rows = await this.enrolments.rows<{ knows: string }>(`
      select distinct n.knows_migration as knows from opencapf_private.session s
      join opencapf_private.node n on n.id = s.node_id
      where s.device_name in (${names.map((name) => `'${name}'`).join(', ')}) order by 1`);
    return rows.map(({ knows }) => knows);
  }

  /** A phone that makes its key for as long as it is held. @returns when it has begun to */
  async hold(): Promise<{ readonly held: Gate; readonly outcome: Promise<string> }> {
    const held = gate();
    const [name = ''] = await this.#queue(1);
    const outcome = this.#enroll(name, async (...asked) => {
      await held.pass();
      return await makeKey?.(...asked);
    });
    await Promise.race([held.reached, outcome]);
    return { held, outcome };
  }

  async #queue(count: number): Promise<readonly string[]> {
    const names = Array.from({ length: count }, () => {
      this.#phones += 1;
      return `SEP${this.#phones.toString(16).toUpperCase().padStart(12, '0')}`;
    });
    for (const name of names) await this.enrolments.queueInstall(name);
    return names;
  }

  async #enroll(name: string, keyMaker: typeof makeKey): Promise<string> {
    const hooks = keyMaker === undefined ? {} : { makeKey: keyMaker };
    const { outcome } = await this.enrolments.enroll(name, hooks, undefined, this.balancer.port);
    return outcome.kind;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.balancer[Symbol.asyncDispose]();
    await this.enrolments[Symbol.asyncDispose]();
  }
}

test('an upgrade goes on while phones enrol: old and new serve side by side, a step that the old would notice waits for its end', async () => {
  await using site = await Site.start();
  const { enrolments, balancer } = site;
  const old = { service: enrolments.service, at: enrolments.at };
  balancer.targets = [old.at.capfPort];
  const [oldVersion = ''] = await site.nodes();

  const early = await site.hold();
  await using next = await AnotherNode.start(enrolments, 'next', laterVersion(1));
  assert.deepEqual(await site.nodes(), [oldVersion, '9001-adds']);
  assert.deepEqual(await site.laterColumns(), ['later'], 'the new version brought its column');
  early.held.open();
  assert.equal(await early.outcome, 'installed', 'a session of the old version goes on over the migration');
  balancer.targets = [old.at.capfPort, next.at.capfPort];
  assert.deepEqual(await site.servedBy(4), [oldVersion, '9001-adds'].sort());

  const settings = { ...enrolments.nodeSettings, ...laterVersion(2) };
  await using hasty = new ServiceProcess({ dataDir: enrolments.dataDir('hasty'), settings });
  assert.deepEqual(await hasty.ended, { status: 1, signal: null });
  assert.match(hasty.err, new RegExp(`process ${old.service.process.pid}\\b`), 'it names the node in its way');
  assert.doesNotMatch(hasty.err, new RegExp(`process ${next.service.process.pid}\\b`));
  assert.deepEqual(await site.laterColumns(), ['later'], 'what it would have changed is as it was');
  assert.deepEqual(await site.servedBy(4), [oldVersion, '9001-adds'].sort());

  balancer.targets = [old.at.capfPort];
  const late = await site.hold();
  balancer.targets = [old.at.capfPort, next.at.capfPort];
  const ended = old.service.kill('SIGTERM');
  await eventually(
    () => enrolments.rows('select from opencapf_private.node where draining_since is not null'),
    ({ length }) => length === 1,
  );
  assert.deepEqual(await site.servedBy(4), ['9001-adds'], 'a node that drains takes no new phone');
  late.held.open();
  assert.equal(await late.outcome, 'installed', 'and lets those finish that it has');
  assert.deepEqual(await ended, { status: 0, signal: null });

  await using last = await AnotherNode.start(enrolments, 'last', laterVersion(2));
  assert.deepEqual(await site.nodes(), ['9001-adds', '9002-renames']);
  assert.deepEqual(await site.laterColumns(), ['last']);
  balancer.targets = [next.at.capfPort, last.at.capfPort];
  assert.deepEqual(await site.servedBy(4), ['9001-adds', '9002-renames']);

  await using tooOld = new ServiceProcess({ dataDir: enrolments.dataDir('old'), settings: enrolments.nodeSettings });
  assert.deepEqual(await tooOld.ended, { status: 1, signal: null });
  assert.match(tooOld.err, /9002-renames/);
});
