import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFilePlace } from './file-place.js';
import { readPhoneConfiguration } from './phone-configuration.js';

const read = (xml: string) => readPhoneConfiguration(Buffer.from(xml));

test('a partial file of the source documents is read', () => {
  const file = `<device>
<fullConfig>False</fullConfig>
<loadInformation>SIP75.9-3-1SR2-1S</loadInformation>
<ipAddressMode>0</ipAddressMode>
<capfAuthMode>0</capfAuthMode>
<capfList><capf><phonePort>3804</phonePort><processNodeName>10.48.46.4</processNodeName></capf></capfList>
<certHash></certHash>
<encrConfig>true</encrConfig>
</device>`;
  assert.deepEqual(read(file), {
    fullConfig: false,
    capfAuthMode: 0,
    capfServers: [{ host: '10.48.46.4', port: 3804 }],
    certHash: '',
    encrConfig: true,
  });
});

test('elements elsewhere than below the device say nothing, and five servers are the most', () => {
  const capf = (n: number) => `<capf><processNodeName>capf${n}</processNodeName></capf>`;
  const found = read(`<device><sub><capfAuthMode>2</capfAuthMode><certHash>x</certHash></sub>
    <capfList>${[1, 2, 3, 4, 5, 6].map(capf).join('')}</capfList></device>`);
  assert.equal(found.capfAuthMode, 0);
  assert.equal(found.certHash, '');
  assert.deepEqual(
    found.capfServers.map(({ host, port }) => `${host}:${port}`),
    ['capf1:3804', 'capf2:3804', 'capf3:3804', 'capf4:3804', 'capf5:3804'],
  );
});

test('a file is read in the encodings that the service takes', () => {
  const xml = '\ufeff<?xml version="1.0" encoding="UTF-16"?><device><certHash>aé</certHash></device>';
  const littleEndian = Buffer.from(xml, 'utf16le');
  for (const file of [littleEndian, Buffer.from(littleEndian).swap16()]) {
    assert.equal(readPhoneConfiguration(file).certHash, 'aé');
  }
  const latin = '<?xml version="1.0" encoding="ISO-8859-1"?><device><certHash>aé</certHash></device>';
  assert.equal(readPhoneConfiguration(Buffer.from(latin, 'latin1')).certHash, 'aé');
});

test('what is no XML, a mode and a port that there are not, are refused', () => {
  const capf = (port: string) =>
    `<device><capfList><capf><phonePort>${port}</phonePort><processNodeName>h</processNodeName></capf></capfList></device>`;
  for (const file of [
    ...['70000', 'NaN', '0', '-1', '1e3'].map(capf),
    'no xml',
    '<device>',
    '<device><capfAuthMode>5</capfAuthMode></device>',
    '',
  ]) {
    assert.throws(() => read(file), { code: 'configuration-unreadable' }, file);
  }
});

test('places are hosts with a port, and nothing behind it', () => {
  assert.deepEqual(readFilePlace('http://192.0.2.1'), { transport: 'http', host: '192.0.2.1', port: 6970 });
  assert.deepEqual(readFilePlace('tftp://[2001:db8::1]/'), { transport: 'tftp', host: '2001:db8::1', port: 69 });
  assert.deepEqual(readFilePlace('tftp://files.example:1069'), {
    transport: 'tftp',
    host: 'files.example',
    port: 1069,
  });
  for (const text of [
    '192.0.2.1',
    'https://h',
    'http://h/path',
    'http://h:0',
    'http://u@h',
    'tftp://h:99999',
    'http://',
  ]) {
    assert.throws(() => readFilePlace(text), { code: 'files-place-unusable' }, text);
  }
});
