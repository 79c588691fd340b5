import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { connectDatabase } from '../../database/connect.js';
import { testDatabase } from '../../testing/database.js';
import { openSql } from '../../testing/facts.js';
import { dueJobs, enterJobs, runJob } from './jobs.js';

const job = { name: 'sweep', everyMs: 3_600_000 };
const [one, two] = [randomUUID(), randomUUID()];

/** A job that is at work until it is told to end. */
function held() {
  let end = (): void => undefined;
  let begun = (): void => undefined;
  const atWork = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<void> => {
    begun();
    await ended;
  };
  return { atWork, work, end };
}

test('a job runs on one node at a time, and again when its time has come', async () => {
  await using test = await testDatabase();
  const { database } = test;
  await enterJobs(database, [job.name]);
  await enterJobs(database, [job.name, 'other']);
  assert.deepEqual(await dueJobs(database), new Set(['sweep', 'other']));
  const first = held();
  const running = runJob(database, job, one, first.work);
  await first.atWork;
  let seconds = 0;
  const second = async (): Promise<void> => {
    seconds += 1;
  };
  assert.equal(await runJob(database, job, two, second), false);
  first.end();
  assert.equal(await running, true);
  assert.equal(await runJob(database, job, two, second), false);
  assert.deepEqual(await dueJobs(database), new Set(['other']));
  await using sql = await openSql(test);
  await sql.run(`update opencapf_private.job set due_at = now() where name = 'sweep'`);
  assert.equal(await runJob(database, job, two, second), true);
  assert.equal(seconds, 1);
});

test('a job of a node that dies is taken up by the next one at once', async () => {
  await using test = await testDatabase();
  await using sql = await openSql(test);
  await enterJobs(test.database, [job.name]);
  const dying = await connectDatabase(test.url, { maxConnections: 1 });
  const first = held();
  const running = runJob(dying, job, one, first.work);
  await first.atWork;
  await sql.run(`select pg_terminate_backend(l.pid) from pg_locks l
    where l.relation = 'opencapf_private.job'::regclass and l.pid <> pg_backend_pid()`);
  let taken = 0;
  const deadline = Date.now() + 5_000;
  while (taken === 0 && Date.now() < deadline) {
    await runJob(test.database, job, two, async () => {
      taken += 1;
    });
  }
  first.end();
  await assert.rejects(running);
  await dying.close();
  assert.equal(taken, 1);
  assert.deepEqual(await sql.run('select ran_by from opencapf_private.job'), [{ ran_by: two }]);
});

test('a job that fails is due again soon, and says what failed', async () => {
  await using test = await testDatabase();
  await using sql = await openSql(test);
  await enterJobs(test.database, [job.name]);
  await assert.rejects(
    runJob(test.database, job, one, async () => {
      throw new Error('broken');
    }),
    { message: 'broken' },
  );
  const [row] = await sql.run(
    `select due_at between now() and now() + interval '61 seconds' as soon from opencapf_private.job`,
  );
  assert.deepEqual(row, { soon: true });
});
