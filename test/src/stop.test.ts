import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ServiceProcess, temporaryDirectory } from './support/service-process.js';

describe('SIGTERM', () => {
  it('ends the service and its database, also when it arrives twice', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    await using service = new ServiceProcess({ dataDir });
    await service.ready();
    service.process.kill('SIGTERM');
    assert.deepEqual(await service.kill('SIGTERM'), { status: 0, signal: null });
    assert.ok(!existsSync(join(dataDir, 'postgres', 'postmaster.pid')));
  });

  it('ends a start that is under way', async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    await using service = new ServiceProcess({ dataDir });
    await new Promise<void>((resolve) => service.process.stderr?.once('data', () => resolve()));
    const { status } = await service.kill('SIGTERM');
    assert.equal(status, 0, service.err);
    assert.ok(!existsSync(join(dataDir, 'postgres', 'postmaster.pid')));
  });
});
