import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readServiceWarnings } from './service-warnings.js';
import { TestApi } from './testing/api.js';

describe('what somebody should look at', () => {
  it('is an issuer that ends before its LSCs would, by its own validity or that of the service, and an authority that is away', async () => {
    await using api = await TestApi.start();
    const { test, secretKey } = api;
    const codes = async (lscValidityDays: number, now = TestApi.now): Promise<readonly string[]> => {
      const services = { database: test.database, secretKey, lscValidityDays, now: () => now };
      return (await readServiceWarnings(services)).map(({ code }) => code);
    };
    assert.deepEqual(await codes(365), []);
    const inNineteenYears = new Date(TestApi.now.getTime() + 19.5 * 365.25 * 86_400_000);
    const both = ['authority-shorter-than-lscs', 'capf-certificate-shorter-than-lscs'];
    assert.deepEqual(await codes(365, inNineteenYears), both);
    assert.deepEqual(await codes(30, inNineteenYears), []);
    await api.call('PATCH', '/v1/authorities/local', { body: { configuration: { validityDays: 365 } } });
    assert.deepEqual(await codes(30, inNineteenYears), ['authority-shorter-than-lscs']);
    const read = async () => (await api.call('GET', '/metrics')).bytes.toString();
    assert.match(await read(), /opencapf_authority_shorter_than_lscs\{authority="local"[^}]*\} 0\n/);

    await api.sql.run(`
      insert into opencapf_private.issuer (name, kind, state) values ('Site CA', 'est', 'active');
      insert into opencapf_private.node (id, host, process_id, version, knows_migration)
        values ('00000000-0000-0000-0000-000000000001', 'host', 1, '1', '0001');
      insert into opencapf_private.authority_standing (issuer_id, node_id, circuit, reason_code, reason)
        select id, '00000000-0000-0000-0000-000000000001', 'open', 'authority-unreachable', 'ca.secret.example is away'
        from opencapf_private.issuer where name = 'Site CA'`);
    const services = { database: test.database, secretKey, lscValidityDays: 365, now: () => TestApi.now };
    const [warning, ...others] = await readServiceWarnings(services);
    assert.deepEqual(others, []);
    assert.equal(warning?.code, 'authority-circuit-open');
    assert.match(warning.message, /"Site CA" cannot be asked, from 1 of the nodes \(authority-unreachable\)/);
    assert.ok(!warning.message.includes('ca.secret.example'), 'whoever asks for /readyz shows no token');
  });
});
