import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testDatabase } from '@opencapf/store/testing';
import { startBenchService } from './bench-service.js';
import { fill, filledName } from './fill.js';
import { withDatabase } from './seed.js';

it('a site that is filled in for the bench grows, and is one that the service can go on with', async () => {
  await using database = await testDatabase({ migrated: false });
  await using bench = await startBenchService({ databaseUrl: database.url });
  const count = async (path: string): Promise<number> => {
    const { status, body } = await bench.client.get(`${path}limit=200`);
    assert.equal(status, 200);
    return (body as { readonly items: readonly unknown[] }).items.length;
  };
  for (const growth of [
    { from: 0, to: 40 },
    { from: 40, to: 100 },
  ]) {
    await withDatabase(bench.service.database, (client) => fill(client, growth));
    // As many at once as write to the audit at once, and each of its chains is in use.
    await bench.prepare(20);
  }
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
  assert.equal(await count('/v1/devices?prefix=SEPD&'), 100);
  assert.equal(await count('/v1/devices?prefix=SEPD&lsc=none&'), 5);
  assert.equal(await count(`/v1/devices?lscExpiresBefore=${soon}&`), 5);
  assert.equal(await count('/v1/devices?resetRequired=true&prefix=SEPD&'), 5);
  assert.equal(await count('/v1/devices?devicePool=Pool%207&'), 5);
  assert.equal(await count('/v1/operations?state=failed&'), 5);
  assert.equal(await count('/v1/audit?action=lsc.install&'), 100);
  const { status, body } = await bench.client.get(`/v1/devices/${filledName(31)}`);
  assert.equal(status, 200);
  assert.equal((body as { readonly certificate: { readonly type: string } }).certificate.type, 'LSC');
});
