import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SecretKey } from '../../secrets/secret-key.js';
import { openSql, type Sql } from '../../testing/facts.js';
import { type TestDatabase, testDatabase } from '../../testing/index.js';
import { recordAudit } from './audit.js';
import { signAuditHeads } from './audit-heads.js';
import { auditHeadsPath } from './audit-heads-file.js';
import { pruneAudit } from './audit-prune.js';
import { resignAudit } from './audit-resign.js';
import { AuditSigner } from './audit-signature.js';
import { verifyAudit } from './audit-verify.js';

const signer = new AuditSigner(new SecretKey(Buffer.alloc(32, 1)));
const other = new AuditSigner(new SecretKey(Buffer.alloc(32, 2)));
const author = { name: 'test', remoteAddress: '192.0.2.1' };

class Rig implements AsyncDisposable {
  private constructor(
    readonly test: TestDatabase,
    readonly sql: Sql,
    readonly dataDir: string,
  ) {}

  /** Two chains: the first with entries 1 to 6, the second with 1 to 3; signed. */
  static async start(): Promise<Rig> {
    const test = await testDatabase();
    const rig = new Rig(test, await openSql(test), await mkdtemp(join(tmpdir(), 'opencapf-audit-')));
    await using second = await openSql(test);
    await second.run('begin');
    await rig.add(6);
    await rig.sql.run('begin');
    await rig.sql.run('select from opencapf_private.audit_chain for update');
    for (let n = 1; n <= 3; n += 1) await second.run("select opencapf_private.audit('second', 'test')");
    await second.run('commit');
    await rig.sql.run('commit');
    await rig.sign();
    return rig;
  }

  async add(count: number): Promise<void> {
    for (let n = 1; n <= count; n += 1) {
      await recordAudit(this.test.database.queries, {
        actor: 'ü€𝄞, 3:x',
        action: 'setting.change',
        ...(n % 2 === 0 && { subject: 'subject', remoteAddress: '192.0.2.7' }),
        detail: { n, nested: { text: 'a"b\\', none: null } },
      });
      // Pruning goes by milliseconds: each entry gets one of its own.
      await this.sql.run('select pg_sleep(0.002)');
    }
  }

  async sign(): Promise<boolean> {
    return await signAuditHeads(this.test.database, signer, this.dataDir);
  }

  async prune(before: Date): Promise<number> {
    return await pruneAudit(this.test.database, signer, this.dataDir, before, author);
  }

  /** Kinds of faults, with chain and sequence. */
  async faults(): Promise<readonly string[]> {
    const { faults } = await verifyAudit(this.test.database, signer, this.dataDir);
    return faults.map(({ kind, chain, sequence }) =>
      [kind, chain, sequence].filter((one) => one !== undefined).join(' '),
    );
  }

  /** As the owner of the database, who can switch triggers off. */
  async tamper(...statements: readonly string[]): Promise<void> {
    const tables = ['audit_entry', 'audit_chain', 'audit_checkpoint'];
    for (const table of tables) await this.sql.run(`alter table opencapf_private.${table} disable trigger user`);
    for (const statement of statements) await this.sql.run(statement);
    for (const table of tables) await this.sql.run(`alter table opencapf_private.${table} enable trigger user`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql[Symbol.asyncDispose]();
    await this.test[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true });
  }
}

const entry = 'opencapf_private.audit_entry';
/** Computes a chain anew from an entry on, with its head, as a thorough forger would. */
const recompute = `
  do $$ declare e ${entry}; last bytea; begin
    select hash into last from ${entry} where chain = 1 and sequence = 1;
    for e in select * from ${entry} where chain = 1 and sequence > 1 order by sequence loop
      update ${entry} set previous = last, hash = opencapf_private.audit_hash(last, e.id, e.chain, e.sequence, e.at,
        e.actor, e.remote_address, e.action, e.subject_kind, e.subject, e.outcome, e.detail)
        where chain = 1 and sequence = e.sequence returning hash into last;
    end loop;
    update opencapf_private.audit_chain set head = last,
      sequence = (select max(sequence) from ${entry} where chain = 1) where chain = 1;
  end $$`;

const tampering: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  'an altered entry': [[`update ${entry} set actor = 'nobody' where chain = 1 and sequence = 2`], ['altered 1 2']],
  'an entry moved by a microsecond': [
    [`update ${entry} set at = at + interval '1 microsecond' where chain = 1 and sequence = 2`],
    ['altered 1 2'],
  ],
  'an entry altered with its hash': [
    [`update ${entry} set actor = 'x' where chain = 1 and sequence = 3`, recompute],
    ['notTheSigned 1 6'],
  ],
  'a removed entry': [[`delete from ${entry} where chain = 1 and sequence = 2`], ['missing 1 2']],
  'removed first entries': [[`delete from ${entry} where chain = 1 and sequence < 3`], ['missing 1 1']],
  'entries cut off': [[`delete from ${entry} where chain = 1 and sequence > 4`], ['cutOff 1 5']],
  'entries cut off with the head set back': [
    [`delete from ${entry} where chain = 1 and sequence > 4`, recompute],
    ['cutOff 1 5'],
  ],
  'everything cut off with the head set back': [
    [
      `delete from ${entry} where chain = 1`,
      'update opencapf_private.audit_chain set sequence = 0, head = genesis where chain = 1',
    ],
    ['cutOff 1 1'],
  ],
  'reordered entries': [
    [
      `update ${entry} set sequence = 99 where chain = 1 and sequence = 2`,
      `update ${entry} set sequence = 2 where chain = 1 and sequence = 3`,
      `update ${entry} set sequence = 3 where chain = 1 and sequence = 99`,
    ],
    ['reordered 1 2', 'altered 1 2', 'reordered 1 3', 'altered 1 3', 'reordered 1 4'],
  ],
  'a whole chain removed': [
    [`delete from ${entry} where chain = 1`, 'delete from opencapf_private.audit_chain where chain = 1'],
    ['chainMissing 1'],
  ],
  'all chains removed': [
    [`delete from ${entry}`, 'delete from opencapf_private.audit_chain'],
    ['chainMissing 1', 'chainMissing 2'],
  ],
  'a chain begun anew in the place of another': [
    [
      `delete from ${entry} where chain = 2`,
      "update opencapf_private.audit_chain set genesis = sha256('x'), head = sha256('x'), sequence = 0 where chain = 2",
    ],
    ['chainReplaced 2', 'cutOff 2 1'],
  ],
  'a head that is no entry': [
    ["update opencapf_private.audit_chain set head = sha256('x') where chain = 2"],
    ['headAltered 2 3'],
  ],
  'entries removed behind a checkpoint that nobody signed': [
    [
      `insert into opencapf_private.audit_checkpoint (chain, sequence, hash, pruned_at, key_id, signature)
       select chain, sequence, hash, now(), '0', sha256('x') from ${entry} where chain = 1 and sequence = 3`,
      `delete from ${entry} where chain = 1 and sequence <= 3`,
    ],
    ['checkpointForged 1 3'],
  ],
};

describe('opencapf audit verify', () => {
  it('finds nothing where nothing was done, also while entries are added', async () => {
    await using rig = await Rig.start();
    assert.deepEqual(await rig.faults(), []);
    await rig.add(5_000);
    const verdict = await verifyAudit(rig.test.database, signer, rig.dataDir);
    assert.deepEqual([verdict.chains, verdict.entries, verdict.faults], [2, 5_009, []]);
    assert.ok(verdict.signedAt instanceof Date);
  });

  for (const [what, [statements, found]] of Object.entries(tampering)) {
    it(`finds ${what}`, async () => {
      await using rig = await Rig.start();
      await rig.tamper(...statements);
      assert.deepEqual(await rig.faults(), found);
      await assert.rejects(rig.prune(new Date()), { code: /^audit-(unsound|heads-contradicted)$/ });
    });
  }

  it('says that nothing was ever signed', async () => {
    await using rig = await Rig.start();
    await rm(auditHeadsPath(rig.dataDir));
    assert.deepEqual(await rig.faults(), ['unsigned']);
  });

  it('refuses heads that were edited or signed with another key', async () => {
    await using rig = await Rig.start();
    const path = auditHeadsPath(rig.dataDir);
    const text = await readFile(path, 'utf8');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    for (const edited of [
      text.replace(/"sequence": 6/, '"sequence": 5'),
      text.replace(/"signedAt": "20/, '"signedAt": "21'),
      text.replace(/"chain": 2/, '"chain": 3'),
      text.slice(0, 100),
      '{}',
      '',
    ]) {
      assert.notEqual(edited, text);
      await writeFile(path, edited);
      await assert.rejects(rig.faults(), { code: 'audit-heads-unreadable' });
      await assert.rejects(rig.sign(), { code: 'audit-heads-unreadable' });
    }
    await writeFile(path, text);
    await assert.rejects(verifyAudit(rig.test.database, other, rig.dataDir), { code: 'audit-heads-unreadable' });
    assert.deepEqual(await readdir(rig.dataDir), ['audit-heads.json']);
  });
});

describe('signing the heads', () => {
  it('goes on from the heads before, and leaves them when nothing is new', async () => {
    await using rig = await Rig.start();
    assert.equal(await rig.sign(), false);
    await rig.add(1);
    assert.equal(await rig.sign(), true);
    assert.deepEqual(await rig.faults(), []);
  });

  it('never puts a contradiction in the place of the evidence', async () => {
    for (const statements of [
      [`delete from ${entry} where chain = 1 and sequence > 4`, recompute],
      [`update ${entry} set actor = 'x' where chain = 1 and sequence = 3`, recompute],
      [`delete from ${entry} where chain = 1`, 'delete from opencapf_private.audit_chain where chain = 1'],
    ]) {
      await using rig = await Rig.start();
      const before = await readFile(auditHeadsPath(rig.dataDir), 'utf8');
      await rig.tamper(...statements);
      await rig.add(10);
      await assert.rejects(rig.sign(), { code: 'audit-heads-contradicted' });
      assert.equal(await readFile(auditHeadsPath(rig.dataDir), 'utf8'), before);
      assert.notDeepEqual(await rig.faults(), []);
    }
  });
});

describe('pruning', () => {
  it('leaves a signed checkpoint from which the rest verifies, and says in the audit what went', async () => {
    await using rig = await Rig.start();
    // A Date has whole milliseconds, so that entries of the last one's own millisecond stay too.
    const [last] = await rig.sql.run(`
      select l.at, (select count(*)::integer from ${entry} e
        where e.chain = 1 and e.at < date_trunc('milliseconds', l.at)) as older
      from ${entry} l where l.chain = 1 order by l.sequence desc limit 1`);
    const before = last?.['at'] as Date;
    const older = last?.['older'] as number;
    assert.ok(older > 0);
    assert.equal(await rig.prune(before), older);
    assert.deepEqual(await rig.faults(), []);
    const [told] = await rig.sql.run(`select actor, remote_address, detail from ${entry} where action = 'audit.prune'`);
    assert.deepEqual(told, {
      actor: 'test',
      remote_address: '192.0.2.1',
      detail: { chain: 1, from: 1, until: older, before: before.toISOString() },
    });
    assert.equal(await rig.prune(before), 0);
    await rig.add(2);
    assert.ok((await rig.prune(new Date(Date.now() + 1_000))) > 0);
    assert.deepEqual(await rig.faults(), []);
    await rig.tamper(`delete from ${entry}`);
    assert.notDeepEqual(await rig.faults(), []);
  });

  it('is the only way to remove entries', async () => {
    await using rig = await Rig.start();
    const [third] = await rig.sql.run(`select at from ${entry} where chain = 1 and sequence = 4`);
    await rig.prune(third?.['at'] as Date);
    const checkpoint = 'opencapf_private.audit_checkpoint';
    const values = "now(), '0', sha256('x')";
    for (const statement of [
      `delete from ${entry} where chain = 1 and sequence = 4`,
      `delete from ${entry} where chain = 2`,
      `update ${entry} set actor = 'x' where chain = 1 and sequence = 4`,
      `update ${checkpoint} set sequence = 2`,
      `update ${checkpoint} set sequence = 5`,
      `update ${checkpoint} set hash = sha256('x')`,
      `delete from ${checkpoint}`,
      `truncate ${checkpoint}`,
      `insert into ${checkpoint} values (2, 99, sha256('x'), ${values})`,
      `insert into ${checkpoint} values (2, 1, sha256('x'), ${values})`,
    ]) {
      await assert.rejects(rig.sql.run(statement), { code: '42501' }, statement);
    }
    assert.deepEqual(await rig.faults(), []);
  });

  it('on one node is known to another that signed before it', async () => {
    await using rig = await Rig.start();
    const elsewhere = await mkdtemp(join(tmpdir(), 'opencapf-audit-'));
    try {
      await signAuditHeads(rig.test.database, signer, elsewhere);
      await rig.add(3);
      assert.ok((await rig.prune(new Date(Date.now() + 1_000))) >= 12);
      assert.deepEqual((await verifyAudit(rig.test.database, signer, elsewhere)).faults, []);
      assert.equal(await signAuditHeads(rig.test.database, signer, elsewhere), true);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

describe('a new secret key', () => {
  it('signs anew what the one before had signed, also when it is done twice', async () => {
    await using rig = await Rig.start();
    await rig.prune(new Date());
    for (let times = 1; times <= 2; times += 1) await resignAudit(rig.test.database, rig.dataDir, signer, other);
    const { faults } = await verifyAudit(rig.test.database, other, rig.dataDir);
    assert.deepEqual(faults, []);
    await assert.rejects(rig.faults(), { code: 'audit-heads-unreadable' });
  });
});
