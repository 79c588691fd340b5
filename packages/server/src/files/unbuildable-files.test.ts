import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnbuildableFiles } from './unbuildable-files.js';

test('configurations that cannot be built are warned of, without names, until they are served or an hour has passed', () => {
  let at = 1_000_000;
  const files = new UnbuildableFiles(() => new Date(at));
  for (const code of ['device-unknown', 'configuration-missing', 'encryption-off', 'certificate-unknown']) {
    files.refused(code, 'SEP000000000000.cnf.xml.enc.sgn');
  }
  assert.deepEqual(files.warnings(), [], 'as it should be');
  files.refused('file-phone-key-not-rsa', 'SEP000000000001.cnf.xml.enc.sgn');
  at += 1_800_000;
  files.refused('configuration-too-long', 'SEP000000000002.cnf.xml.sgn');
  files.refused('file-phone-key-not-rsa', 'SEP000000000003.cnf.xml.enc.sgn');
  const [warning, ...more] = files.warnings();
  assert.deepEqual([warning?.code, more.length], ['configuration-unbuildable', 0]);
  assert.match(String(warning?.message), /^3 .*\(configuration-too-long, file-phone-key-not-rsa\)/);
  assert.doesNotMatch(String(warning?.message), /SEP/);
  files.served('SEP000000000002.cnf.xml.sgn');
  at += 1_800_000;
  assert.match(String(files.warnings()[0]?.message), /^1 .*\(file-phone-key-not-rsa\)/);
  files.refused('encryption-off', 'SEP000000000003.cnf.xml.enc.sgn');
  assert.deepEqual(files.warnings(), []);
});
