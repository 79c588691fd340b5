import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readConfiguration } from './configuration.js';

describe('what a service is given', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'opencapf-test-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const wrong: readonly (readonly [string, string])[] = [
    ['OPENCAPF_CAPF_PORT', '70000'],
    ['OPENCAPF_ADMIN_PORT', 'eight'],
    ['OPENCAPF_TLS_MIN_VERSION', 'SSLv3'],
    ['OPENCAPF_MIN_RSA_KEY_SIZE', '768'],
    ['OPENCAPF_REQUIRE_SUDI', 'yes'],
    ['OPENCAPF_ADMIN_TLS', 'maybe'],
    ['OPENCAPF_ADMIN_TOKEN', 'short'],
    ['OPENCAPF_SECRET_KEY', 'not base64'],
    ['OPENCAPF_LOG_LEVEL', 'loud'],
    ['OPENCAPF_WORKERS', '0'],
    ['OPENCAPF_CONFIG', '/does/not/exist.json'],
    ['DATABASE_URL', 'mysql://user:planted-password@somewhere/else'],
  ];
  for (const [name, value] of wrong) {
    it(`is refused with the name of ${name} when that is ${value}`, () => {
      assert.throws(
        () => readConfiguration({ [name]: value }, directory),
        ({ message }: Error) => message.includes(name) && !message.includes('planted-password'),
      );
    });
  }

  it('stands in a file, in the environment, or nowhere, and the environment wins', () => {
    const file = join(directory, 'opencapf.json');
    writeFileSync(file, JSON.stringify({ OPENCAPF_CAPF_PORT: 1, OPENCAPF_ADMIN_PORT: 2, OPENCAPF_DATA_DIR: 'here' }));
    const { given, bootstrap } = readConfiguration(
      { OPENCAPF_CONFIG: 'opencapf.json', OPENCAPF_ADMIN_PORT: '3' },
      directory,
    );
    assert.deepEqual([given.capfPort, given.adminPort, given.capfHost], [1, 3, undefined]);
    assert.equal(bootstrap.dataDir, join(directory, 'here'));
  });

  for (const content of ['no JSON', '[]', '"text"', '{"OPENCAPF_CAPF_PROT": 1}']) {
    it(`cannot stand in a file of ${content}`, () => {
      const file = join(directory, 'wrong.json');
      writeFileSync(file, content);
      assert.throws(() => readConfiguration({ OPENCAPF_CONFIG: file }, directory), /OPENCAPF_CONFIG/);
    });
  }
});
