import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleBytes } from '../samples.test.support.js';
import { longestConfiguration, partialConfiguration, readCapfServers, setDeviceState } from './index.js';

const hash = '975ede487894d9cf82c2ec68a452bade';

test('the partial file is the one that the certutils write', () => {
  const full = sampleBytes('input/SEP001122334455.cnf.xml');
  assert.equal(
    partialConfiguration(full, hash, 'usecallmanager').toString(),
    sampleBytes('expected/minimal.cnf.xml').toString(),
  );
});

test('the partial file of the other layout has the elements of the source documents in their order', () => {
  const full = sampleBytes('input/SEP001122334455.cnf.xml');
  assert.equal(
    partialConfiguration(full, '', 'cisco').toString(),
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<device>',
      '<fullConfig>False</fullConfig>',
      '<loadInformation>sip88xx.12-0-1SR1-1</loadInformation>',
      '<ipAddressMode>0</ipAddressMode>',
      '<capfAuthMode>0</capfAuthMode>',
      '<capfList>',
      '<capf>',
      '<phonePort>3804</phonePort>',
      '<processNodeName>192.0.2.10</processNodeName>',
      '</capf>',
      '</capfList>',
      '<certHash></certHash>',
      '<encrConfig>true</encrConfig>',
      '</device>',
      '',
    ].join('\n'),
  );
});

test('the partial file holds nothing that encryption protects, and adds nothing that the full file lacks', () => {
  const full =
    '<device secret="1"><sshPassword>secret</sshPassword><capfList/><ipAddressMode>2</ipAddressMode><x><loadInformation>secret</loadInformation></x></device>';
  assert.equal(
    partialConfiguration(Buffer.from(full), hash, 'usecallmanager').toString(),
    `<?xml version="1.0" encoding="UTF-8"?>\n<device>\n  <fullConfig>false</fullConfig>\n  <capfList/>\n  <ipAddressMode>2</ipAddressMode>\n  <certHash>${hash}</certHash>\n  <encrConfig>true</encrConfig>\n</device>\n`,
  );
});

test('the partial file is made of a full one that is as long as may be given, and longer with the state of its device', () => {
  const [begin, end] = ['<device><x>', '</x></device>'];
  const given = Buffer.from(`${begin}${'x'.repeat(longestConfiguration - begin.length - end.length)}${end}`);
  const capfServers = readCapfServers(Array(5).fill('x'.repeat(50)), 3804);
  const state = { capfAuthMode: 0, capfServers, certHash: hash, encrypted: true, excludeDigestCredentials: false };
  const full = setDeviceState(given, state);
  assert.ok(full.length > longestConfiguration);
  assert.match(partialConfiguration(full, hash, 'usecallmanager').toString(), /<capfList>/);
});
