import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RecordingService } from '../testing/recording-service.js';

const authority = { id: 2, kind: 'local', state: 'staged', name: 'Next', notAfter: '2029-02-04', subject: 'CN=Next' };
const capfCertificate = { id: 2, state: 'staged', notAfter: '2029-02-04', subject: 'CN=CAPF-1', sha256: 'aa' };

describe('a key that a CA of the site is to sign, on the command line', () => {
  it('has its request written and its chain taken, with warnings a line each', async () => {
    await using service = await RecordingService.start();
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-ca-exchange-'));
    try {
      await writeFile(join(directory, 'chain.p7b'), 'a chain');
      for (const { command, which, path, answer, line } of [
        {
          command: 'authority',
          which: 'Next',
          path: '/v1/authorities/Next',
          answer: { authority: { ...authority, acceptExpiredUntil: null } },
          line: '2  local  staged  Next  until 2029-02-04  CN=Next',
        },
        {
          command: 'capf-certificate',
          which: '2',
          path: '/v1/capf-certificates/2',
          answer: { capfCertificate },
          line: '2  staged  until 2029-02-04  CN=CAPF-1  aa',
        },
      ]) {
        service.calls.length = 0;
        service.answer = Buffer.from('a request\n');
        assert.equal((await service.run([command, 'csr', which, '--out', 'it.csr'], directory)).code, 0);
        assert.equal(await readFile(join(directory, 'it.csr'), 'utf8'), 'a request\n');
        assert.equal((await service.run([command, 'csr', which], directory)).out, 'a request\n');
        const warnings = [{ code: 'chain-path-too-short', message: 'Too short.' }];
        service.answer = { ...answer, warnings };
        const taken = await service.run([command, 'chain', which, 'chain.p7b'], directory);
        assert.deepEqual([taken.code, taken.out], [0, `${line}\nwarning chain-path-too-short: Too short.\n`]);
        assert.deepEqual(
          service.calls.slice(1).map(({ call, type }) => [call, type]),
          [
            [`POST ${path}/certification-request`, undefined],
            [`PUT ${path}/certificate`, 'application/pkcs7-mime'],
          ],
        );
        assert.equal((await service.run([command, 'chain', which, 'none.pem'], directory)).code, 2);
        assert.equal((await service.run([command, 'csr', which, '--out', 'no/it.csr'], directory)).code, 2);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
