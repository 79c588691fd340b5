import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TftpError } from '../errors.js';
import { sampleBytes } from '../samples.test.support.js';
import { readConfiguration } from './index.js';

const read = (xml: string) => readConfiguration(Buffer.from(xml));
const refusal = (xml: string | Uint8Array) => {
  try {
    readConfiguration(Buffer.from(xml as string));
  } catch (fault) {
    if (fault instanceof TftpError) return { code: fault.code, message: fault.message };
    throw fault;
  }
  return undefined;
};

describe('the report about a full file', () => {
  it('lists what concerns CAPF and security, and no secrets', () => {
    const report = readConfiguration(sampleBytes('input/SEP001122334455.cnf.xml'));
    const values = Object.fromEntries(report.elements.map(({ path, value }) => [path, value]));
    assert.equal(values['capfList/capf/processNodeName'], '192.0.2.10');
    assert.equal(values['deviceSecurityMode'], '3');
    assert.equal(values['certHash'], '');
    assert.equal(values['sshPassword'], null);
    assert.equal(report.elements.find(({ path }) => path === 'encrConfig')?.line, 29);
    assert.deepEqual([report.encoding, report.bytes, report.missing, report.findings], ['utf-8', 966, [], []]);
    assert.doesNotMatch(JSON.stringify(report), /example/);
  });

  it('says what a build puts in, and what phones will hardly like', () => {
    const capf = '<capf><phonePort>x</phonePort></capf>'.repeat(6);
    const { missing, findings } = read(
      `<device>\n<transportLayerProtocol>3</transportLayerProtocol>\n<capfList>${capf}</capfList>\n<sipProfile><sipLines><line><authPassword>planted</authPassword></line></sipLines></sipProfile><ipAddressMode>\${mode}</ipAddressMode></device>`,
    );
    assert.deepEqual(missing, ['fullConfig', 'capfAuthMode', 'certHash', 'encrConfig']);
    assert.deepEqual(
      findings.map(({ path, line }) => `${path} ${line}`),
      ['capfList 3', ...Array.from({ length: 6 }, () => 'capfList/capf/phonePort 3'), 'transportLayerProtocol 2'],
    );
    assert.doesNotMatch(JSON.stringify(findings), /planted/);
  });

  it('refuses what is no configuration, with the line and what to do', () => {
    const bad: readonly (readonly [string, string, RegExp])[] = [
      ['', 'configuration-malformed', /Line 1/],
      ['<device>\n<a></b>\n</device>', 'configuration-malformed', /Line 2, column \d+: .*Mend it/],
      ['<device>\n<a b="<"/></device>', 'configuration-malformed', /Line 2/],
      ['<device>&nope;</device>', 'configuration-malformed', /entity/],
      ['<device/><device/>', 'configuration-malformed', /Line 1/],
      ['<device>', 'configuration-malformed', /Line 1/],
      ['<device>\0</device>', 'configuration-malformed', /Line 1/],
      ['<!DOCTYPE device [<!ENTITY a "b">]>\n<device>&a;</device>', 'configuration-doctype-refused', /Take it out/],
      ['<!DOCTYPE device SYSTEM "file:///etc/passwd"><device/>', 'configuration-doctype-refused', /Take it out/],
      ['\n<flatprofile/>', 'configuration-root-unexpected', /Line 2: .*<flatprofile>/],
      ['<device><certHash/>\n<certHash/></device>', 'configuration-element-repeated', /Line 2: <certHash>/],
      ['<device><encrConfig><a/></encrConfig></device>', 'configuration-element-unexpected', /<encrConfig>/],
      [`${'<device>'.repeat(65)}${'</device>'.repeat(65)}`, 'configuration-too-many-elements', /64/],
      [`<device>${'<a/>'.repeat(20_000)}</device>`, 'configuration-too-many-elements', /20000/],
      [`<device>${' '.repeat(1024 * 1024)}</device>`, 'configuration-too-long', /1 MiB/],
      ['<?xml version="1.0" encoding="EBCDIC-US"?><device/>', 'configuration-encoding-unsupported', /UTF-8/],
      ['\ufeff<?xml version="1.0" encoding="ISO-8859-1"?><device/>', 'configuration-encoding-wrong', /UTF-8/],
      ['<?xml version="1.0" encoding="us-ascii"?><device>ä</device>', 'configuration-encoding-wrong', /us-ascii/],
    ];
    for (const [xml, code, words] of bad) {
      const found = refusal(xml);
      assert.equal(found?.code, code, xml.slice(0, 60));
      assert.match(found?.message ?? '', words);
    }
    const odd: readonly Buffer[] = [
      Buffer.from([0x3c, 0x64, 0xff]),
      Buffer.from([0xff, 0xfe, 0x3c]),
      Buffer.from([0xfe, 0xff, 0, 0x3c, 0]),
    ];
    for (const bytes of odd) assert.equal(refusal(bytes)?.code, 'configuration-encoding-wrong');
  });

  it('says nothing of what stands in elements when it refuses', () => {
    for (const after of ['</b>', '&planted;', '<planted', '<a planted>', '<a b="planted" b="planted">', '\u0001']) {
      const found = refusal(`<device><sshPassword>planted-secret</sshPassword>${after}</device>`);
      assert.doesNotMatch(found?.message ?? '', /planted-secret/);
    }
  });

  it('takes any bytes without another error than its own', () => {
    const token = fc.constantFrom(
      '<device>',
      '</device>',
      '<a>',
      '</a>',
      '<b/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '&lt;',
      '"',
      '=',
      'x',
      '\r',
      '\n',
      '\ufeff',
      '\u{1f4de}',
      `\${a}`,
    );
    fc.assert(
      fc.property(
        fc.array(token).map((parts) => parts.join('')),
        (xml) => void refusal(xml),
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void refusal(bytes)));
  });
});
