import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Database, listFetches } from '@opencapf/store';
import { openSql, testDatabase } from '@opencapf/store/testing';
import { makeLog } from '../log.js';
import { FetchRecorder } from './fetch-recorder.js';

const quiet = makeLog('silent');
const name = 'SEP001122334455';
const fetch = { device: name, file: 'itl', version: 'v1', at: new Date('2026-11-27T12:00:00Z') } as const;

test('what was fetched is written down in batches, at the latest at the end', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  await sql.run('insert into opencapf_private.device (name) values ($1)', [name]);
  let statements = 0;
  const database: Database = {
    ...opened.database,
    prepared: async (...statement) => {
      statements += 1;
      return await opened.database.prepared(...statement);
    },
  };
  const recorder = new FetchRecorder(database, quiet);
  for (let n = 0; n < 1_500; n += 1) recorder.add({ ...fetch, version: `v${n}` });
  await recorder.stop();
  assert.ok(statements <= 2, `${statements} statements`);
  assert.equal((await listFetches(opened.database, name))[0]?.version, 'v1499');
});

test('what cannot be written down now is written down later', async () => {
  await using opened = await testDatabase();
  await using sql = await openSql(opened);
  await sql.run('insert into opencapf_private.device (name) values ($1)', [name]);
  let failed = (): void => undefined;
  const tried = new Promise<void>((resolve) => {
    failed = resolve;
  });
  let away = true;
  const database: Database = {
    ...opened.database,
    prepared: async (...statement) => {
      if (!away) return await opened.database.prepared(...statement);
      failed();
      throw new Error('away');
    },
  };
  const recorder = new FetchRecorder(database, quiet);
  recorder.add(fetch);
  await tried;
  away = false;
  await recorder.stop();
  assert.equal((await listFetches(opened.database, name))[0]?.version, 'v1');
});
