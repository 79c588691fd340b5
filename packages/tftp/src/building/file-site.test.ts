import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileSiteSettings, siteVersions } from './file-site.js';

test('each setting that files are built from changes their version, of plain files those of CAPF servers alone', () => {
  const settings: FileSiteSettings = {
    hash: 'sha1',
    layout: 'usecallmanager',
    capfServers: ['192.0.2.10'],
    capfPorts: { capf: 3804, legacy: undefined },
  };
  const { plain, signed } = siteVersions(settings);
  assert.deepEqual(siteVersions({ ...settings }), { plain, signed });
  const changes: readonly Partial<FileSiteSettings>[] = [
    { capfServers: ['192.0.2.11'] },
    { capfServers: undefined },
    { capfPorts: { capf: 3805, legacy: undefined } },
    { capfPorts: { capf: 3804, legacy: 3805 } },
    { hash: 'sha512' },
    { layout: 'cisco' },
  ];
  const others = changes.map((change) => siteVersions({ ...settings, ...change }));
  assert.equal(new Set([signed, ...others.map((other) => other.signed)]).size, changes.length + 1);
  assert.deepEqual(
    others.map((other) => other.plain === plain),
    [false, false, false, false, true, true],
  );
});
