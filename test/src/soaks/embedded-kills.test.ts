import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type pg from 'pg';
import { connectToEmbedded, postmasterPid } from '../support/embedded-connection.js';
import { get } from '../support/https.js';
import { ServiceProcess, temporaryDirectory } from '../support/service-process.js';

/** Each third is of another kind. */
const rounds = Number(process.env['OPENCAPF_SOAK_ROUNDS'] ?? 20);

/** Writes rows until told to end, and knows which of them the server has acknowledged. */
class Writer {
  readonly acknowledged: string[] = [];
  #next = 0;

  async writeUntilItFails(client: pg.Client): Promise<void> {
    for (;;) {
      const name = `SEP${(this.#next++).toString(16).toUpperCase().padStart(12, '0')}`;
      try {
        await client.query('insert into opencapf_private.device (name) values ($1)', [name]);
      } catch {
        return;
      }
      this.acknowledged.push(name);
    }
  }

  async acknowledge(atLeast: number): Promise<void> {
    const wanted = this.acknowledged.length + atLeast;
    while (this.acknowledged.length < wanted) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('kill -9 with the embedded database', () => {
  it(`of node, of the database server, of both, ${rounds} times: the next start serves, nothing acknowledged is lost`, async () => {
    using place = temporaryDirectory();
    const dataDir = join(place.path, 'data');
    const writer = new Writer();
    for (let round = 0; round < rounds; round++) {
      await using service = new ServiceProcess({ dataDir });
      const { admin, ca } = await service.ready();
      assert.equal((await get(`${admin}/readyz`, ca)).status, 200, `round ${round}`);
      const client = await connectToEmbedded(dataDir);
      const writing = writer.writeUntilItFails(client);
      await writer.acknowledge(10);
      const server = postmasterPid(dataDir);
      if (round % 3 !== 0) process.kill(server, 'SIGKILL');
      if (round % 3 !== 1) {
        await service.kill('SIGKILL');
      } else {
        await service.kill('SIGTERM');
      }
      if (round % 3 === 0) await client.end();
      await writing;
    }
    await using service = new ServiceProcess({ dataDir });
    await service.ready();
    const client = await connectToEmbedded(dataDir);
    const { rows } = await client.query<{ name: string }>('select name from device');
    await client.end();
    const kept = new Set(rows.map(({ name }) => name));
    const lost = writer.acknowledged.filter((name) => !kept.has(name));
    assert.deepEqual(lost, []);
    assert.ok(writer.acknowledged.length >= rounds * 10);
  });
});
