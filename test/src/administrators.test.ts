import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testDatabase } from '@opencapf/store/testing';
import { connectToEmbedded } from './support/embedded-connection.js';
import { root, ServiceProcess, temporaryDirectory } from './support/service-process.js';

interface Told {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** `opencapf ...` with these variables of the environment beside those that every process needs. */
function opencapf(settings: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Told> {
  const { PATH = '', OPENCAPF_TEST_RUN = '' } = process.env;
  const program = join(root, 'packages', 'cli', 'bin', 'opencapf.js');
  const env = { PATH, OPENCAPF_TEST_RUN, ...settings };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env, cwd: '/' }, (_fault, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('an administrator at the command line', () => {
  it('makes, lists and revokes tokens, reads the audit, and finds out that somebody changed it', async () => {
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const adminToken = 'the-first-administrator';
    const local = { OPENCAPF_DATA_DIR: dataDir };
    const settings = { OPENCAPF_ADMIN_TOKEN: adminToken, OPENCAPF_LOG_LEVEL: 'warn' };
    await using service = new ServiceProcess({ dataDir, settings });
    const { admin } = await service.ready();
    const remote = { ...local, OPENCAPF_SERVER: admin, OPENCAPF_TOKEN: adminToken };

    const made = await opencapf(
      remote,
      'token',
      'create',
      'ci',
      '--role',
      'viewer',
      '--expires-at',
      '2100-01-01T00:00:00Z',
    );
    assert.equal(made.status, 0, made.err);
    assert.match(made.out, /^opencapf_\S{43}\n$/);
    const viewer = { ...remote, OPENCAPF_TOKEN: made.out.trim() };
    const refused = await opencapf(viewer, 'token', 'create', 'x', '--role', 'viewer');
    assert.deepEqual([refused.status, refused.out], [1, '']);
    assert.match(refused.err, /^opencapf: The role of this token does not allow this call\./);
    assert.notEqual((await opencapf(remote, 'token', 'create', 'x', '--role', 'king')).status, 0);
    const list = await opencapf(remote, 'token', 'list');
    assert.match(list.out, /^1 {2}viewer {2}ci {2}expires 2100-01-01T00:00:00.000Z {2}last used 20\S+\n$/);
    assert.equal((await opencapf(remote, 'token', 'revoke', '1')).status, 0);
    assert.equal((await opencapf(viewer, 'audit', 'list')).status, 1);
    const entries = await opencapf(remote, 'audit', 'list', '--subject', 'ci');
    assert.match(
      entries.out,
      /done {2}OPENCAPF_ADMIN_TOKEN {2}127\.0\.0\.1 {2}token\.revoke {2}ci .*\n.*token\.create/,
    );
    const rejected = await opencapf(remote, 'audit', 'list', '--outcome', 'refused', '--json');
    const { items } = JSON.parse(rejected.out) as { readonly items: readonly { readonly action: string }[] };
    assert.deepEqual(
      items.map(({ action }) => action),
      ['token.refuse', 'call.refuse'],
    );

    assert.equal((await opencapf(local, 'audit', 'sign')).out, `${join(dataDir, 'audit-heads.json')}\n`);
    const whole = await opencapf(local, 'audit', 'verify');
    assert.match(whole.out, /^The audit is whole: \d+ entries in 1 chains, heads signed 20\S+\n$/);
    assert.equal(whole.status, 0);

    const client = await connectToEmbedded(dataDir);
    await client.query('alter table opencapf_private.audit_entry disable trigger user');
    await client.query('delete from opencapf_private.audit_entry where sequence > 2');
    await client
      .query(`update opencapf_private.audit_chain set sequence = e.sequence, head = e.hash
      from opencapf_private.audit_entry e where e.sequence = 2`)
      .catch(() => undefined);
    await client.end();
    const cut = await opencapf(local, 'audit', 'verify');
    assert.equal(cut.status, 1);
    assert.match(
      cut.out,
      /^chain 1, entry 3: The chain ends before its head: entries were cut off\.\nThe audit is NOT whole/,
    );
    const kept = await opencapf(local, 'audit', 'prune', '--before', '2100-01-01');
    assert.equal(kept.status, 2);
    assert.match(kept.err, /^opencapf: The audit /);

    await service.kill('SIGTERM');
    const stopped = await opencapf(local, 'audit', 'verify', '--json');
    assert.equal(stopped.status, 1, stopped.err);
    assert.equal((JSON.parse(stopped.out) as { readonly faults: readonly unknown[] }).faults.length, 1);
    await assert.rejects(readFile(join(dataDir, 'postgres', 'postmaster.pid')), { code: 'ENOENT' });
  });

  it('prunes by hand behind a checkpoint, signs at the end of a service, and makes nothing where there is none', async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase({ migrated: false });
    const dataDir = join(directory.path, 'data');
    // A server that stays, which no command has to start and stop.
    const elsewhere = { DATABASE_URL: database.url };
    const local = { OPENCAPF_DATA_DIR: dataDir, ...elsewhere };
    const nothing = await opencapf(local, 'audit', 'verify');
    assert.equal(nothing.status, 2);
    assert.match(nothing.err, /^opencapf: OPENCAPF_DATA_DIR: there is no .*secret\.key/);
    await using service = new ServiceProcess({ dataDir, settings: elsewhere });
    await service.ready();
    await service.kill('SIGTERM');
    const whole = await opencapf(local, 'audit', 'verify');
    assert.equal(whole.status, 0, whole.out + whole.err);
    assert.match(whole.out, /^The audit is whole: \d+ entries in 1 chains/);
    assert.equal((await opencapf(local, 'audit', 'prune')).status, 1);
    const pruned = await opencapf(local, 'audit', 'prune', '--before', new Date(Date.now() + 1_000).toISOString());
    assert.match(pruned.out, /^[1-9] entries from before .* were removed\n$/, pruned.err);
    assert.equal((await opencapf(local, 'audit', 'verify')).status, 0);
    await rm(join(dataDir, 'audit-heads.json'));
    const unsigned = await opencapf(local, 'audit', 'verify');
    assert.deepEqual(
      [unsigned.status, unsigned.out.split('\n')[0]],
      [1, 'There are no signed heads in the data directory: nobody can tell whether entries were cut off.'],
    );
  });
});
