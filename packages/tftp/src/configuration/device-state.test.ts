import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sampleBytes } from '../samples.test.support.js';
import { type DeviceState, readCapfServers, readConfiguration, setDeviceState } from './index.js';

const hash = '975ede487894d9cf82c2ec68a452bade';
const quiet: DeviceState = {
  capfAuthMode: 0,
  capfServers: undefined,
  certHash: '',
  encrypted: true,
  excludeDigestCredentials: false,
};
const set = (xml: string | Uint8Array, changes: Partial<DeviceState> = {}): string =>
  setDeviceState(Buffer.from(xml as string), { ...quiet, ...changes }).toString();

describe("a device's state in its full file", () => {
  it('changes nothing of a file that says it already', () => {
    const sample = sampleBytes('input/SEP001122334455.cnf.xml');
    const servers = readCapfServers(['192.0.2.10:3804'], 1);
    assert.deepEqual(setDeviceState(sample, { ...quiet, capfServers: servers }), sample);
  });

  it('changes the content of its elements and no other byte', () => {
    const file =
      '<?xml version="1.0"?>\r\n<!-- <certHash>no</certHash> -->\r\n<device ctiid="5">\r\n\t<fullConfig >True</fullConfig >\r\n' +
      "\t<certHash a='>'>old<!-- x --></certHash>\t<encrConfig/>\n<capfAuthMode>\n2 </capfAuthMode><x><![CDATA[<certHash/>]]>ä&amp;</x>\r\n</device>\r\n<?end?>";
    assert.equal(
      set(file, { certHash: hash, capfAuthMode: 3 }),
      '<?xml version="1.0"?>\r\n<!-- <certHash>no</certHash> -->\r\n<device ctiid="5">\r\n\t<fullConfig >true</fullConfig >\r\n' +
        `\t<certHash a='>'>${hash}</certHash>\t<encrConfig>true</encrConfig>\n<capfAuthMode>3</capfAuthMode><x><![CDATA[<certHash/>]]>ä&amp;</x>\r\n</device>\r\n<?end?>`,
    );
  });

  it('puts what is missing where files have it, indented as the file is', () => {
    const file =
      '<device>\r\n    <deviceProtocol>SIP</deviceProtocol>\r\n    <sshUserId>admin</sshUserId>\r\n    <loadInformation>x</loadInformation>\r\n    <userId/>\r\n</device>';
    const capfServers = readCapfServers(['capf.example', '[2001:db8::1]:3805'], 3804);
    assert.equal(
      set(file, { capfServers }),
      [
        '<device>',
        '    <fullConfig>true</fullConfig>',
        '    <deviceProtocol>SIP</deviceProtocol>',
        '    <sshUserId>admin</sshUserId>',
        '    <loadInformation>x</loadInformation>',
        '    <userId/>',
        '</device>',
      ]
        .join('\r\n')
        .replace(
          '<loadInformation>x</loadInformation>',
          [
            '<loadInformation>x</loadInformation>',
            '<capfAuthMode>0</capfAuthMode>',
            '<capfList>',
            '    <capf>',
            '        <phonePort>3804</phonePort>',
            '        <processNodeName>capf.example</processNodeName>',
            '    </capf>',
            '    <capf>',
            '        <phonePort>3805</phonePort>',
            '        <processNodeName>2001:db8::1</processNodeName>',
            '    </capf>',
            '</capfList>',
            '<certHash></certHash>',
            '<encrConfig>true</encrConfig>',
          ].join('\r\n    '),
        ),
    );
  });

  it('writes a file without line ends without line ends', () => {
    const capfServers = readCapfServers(['192.0.2.1'], 3804);
    const all =
      '<fullConfig>true</fullConfig><capfAuthMode>0</capfAuthMode><capfList><capf><phonePort>3804</phonePort>' +
      '<processNodeName>192.0.2.1</processNodeName></capf></capfList><certHash></certHash><encrConfig>true</encrConfig>';
    for (const empty of ['<device/>', '<device />', '<device></device>']) {
      assert.equal(set(empty, { capfServers }), `<device>${all}</device>`);
    }
    assert.equal(set('<device\n a="/>"/>', { capfServers }), `<device\n a="/>">${all}</device>`);
  });

  it('replaces a list of other servers, and leaves the list of a file where none are given', () => {
    const file =
      '<device>\n <fullConfig>true</fullConfig>\n <capfAuthMode>0</capfAuthMode>\n <capfList><capf><phonePort>1</phonePort></capf></capfList>\n <certHash></certHash>\n <encrConfig>true</encrConfig>\n</device>\n';
    assert.equal(set(file), file);
    assert.equal(
      set(file, { capfServers: readCapfServers(['a'], 3804) }),
      file.replace(
        /<capfList>.*<.capfList>/,
        '<capfList>\n  <capf>\n   <phonePort>3804</phonePort>\n   <processNodeName>a</processNodeName>\n  </capf>\n </capfList>',
      ),
    );
    assert.match(set(file, { capfServers: [] }), /<capfList><\/capfList>/);
  });

  it('keeps the encoding of the file', () => {
    const text = '<device>\r\n <certHash>ä€</certHash>\r\n <x>ä€\u{1f4de}</x>\r\n</device>';
    const changed = setDeviceState(Buffer.from(`\ufeff${text}`, 'utf16le'), { ...quiet, certHash: hash });
    assert.match(
      changed.toString('utf16le'),
      new RegExp(`^\ufeff<device>[\\s\\S]*<certHash>${hash}</certHash>[\\s\\S]*ä€\u{1f4de}</x>`),
    );
    const swapped = setDeviceState(Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), { ...quiet, certHash: hash });
    assert.deepEqual(swapped.swap16(), changed);
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><device><x>ä</x></device>', 'latin1');
    assert.match(setDeviceState(latin, quiet).toString('latin1'), /<x>ä<\/x>/);
    const marked = setDeviceState(Buffer.from(`\ufeff${text}`), quiet);
    assert.equal(marked.subarray(0, 3).toString('hex'), 'efbbbf');
  });

  it('leaves digest credentials out with the lines that they stand on, and no others', () => {
    const file =
      '<device>\n <x><authName>stays</authName></x>\n <sipProfile>\n  <sipLines>\n   <line button="1">\n    <name>1</name>\n    <authName>user</authName>\n    <authPassword>secret</authPassword>\n   </line>\n   <line><authName/><authPassword>secret</authPassword><name>2</name></line>\n  </sipLines>\n  <authName>stays</authName>\n </sipProfile>\n</device>';
    const without = set(file, { excludeDigestCredentials: true });
    assert.match(without, /<line button="1">\n {4}<name>1<\/name>\n {3}<\/line>\n {3}<line><name>2<\/name><\/line>/);
    assert.equal(without.match(/stays/g)?.length, 2);
    assert.doesNotMatch(without, /secret/);
    assert.match(set(file), /<authPassword>secret/);
  });

  it('takes out no line that something else stands on', () => {
    const inLine = (lines: string): string => `<device><sipProfile><line>${lines}</line></sipProfile></device>`;
    const without = (lines: string): string =>
      /<line>([\s\S]*)<\/line>/.exec(set(inLine(lines), { excludeDigestCredentials: true }))?.[1] ?? '';
    assert.equal(
      without('\n  <authName>a</authName><displayName>x</displayName>\n'),
      '\n  <displayName>x</displayName>\n',
    );
    assert.equal(without('\n  <name>1</name> <authName>a</authName>\n'), '\n  <name>1</name> \n');
    assert.equal(without('\r\n  <authName>a</authName> <authPassword/> \r\n  <name/>'), '\r\n  <name/>');
    assert.equal(without('\n  <authName/><!-- why -->\n'), '\n  <!-- why -->\n');
    assert.equal(without('\n  <authName/>\n  <authPassword/>'), '\n  ');
  });

  it('is set in each file whose elements are empty tags, whichever it has, and nothing stands there twice', () => {
    const names = [
      'fullConfig',
      'ipAddressMode',
      'loadInformation',
      'capfAuthMode',
      'capfList',
      'certHash',
      'encrConfig',
    ];
    const state = { certHash: hash, encrypted: true, capfAuthMode: 2, capfServers: readCapfServers(['a'], 3804) };
    for (const blank of ['', '\n  ']) {
      for (let subset = 0; subset < 1 << names.length; subset += 1) {
        const given = names.filter((_, at) => (subset >> at) & 1);
        const file = `<device>${given.map((name) => `${blank}<${name}/>`).join('')}${blank}</device>`;
        const once = set(file, state);
        const values = Object.fromEntries(
          readConfiguration(Buffer.from(once)).elements.map(({ path, value }) => [path, value]),
        );
        assert.deepEqual(
          [values['fullConfig'], values['capfAuthMode'], values['certHash'], values['encrConfig']],
          ['true', '2', hash, 'true'],
          file,
        );
        for (const name of names) {
          const set = name !== 'ipAddressMode' && name !== 'loadInformation';
          assert.equal(once.split(new RegExp(`<${name}[/>]`)).length - 1, set || given.includes(name) ? 1 : 0, once);
        }
        assert.equal(set(once, state), once);
      }
    }
  });

  it('is the same when it is set twice, whatever the file has', () => {
    const name = fc.constantFrom('fullConfig', 'capfAuthMode', 'certHash', 'encrConfig', 'capfList', 'userId', 'other');
    const blank = fc.constantFrom('', '\n', '\r\n  ', '\n\t', ' ', '<!-- -->');
    const child = fc.tuple(blank, name, fc.constantFrom(null, '', 'true', '\n', '<!--<device>-->', 'ä'));
    fc.assert(
      fc.property(
        fc.uniqueArray(child, { selector: ([, is]) => is }),
        blank,
        fc.boolean(),
        (children, last, encrypted) => {
          const file = `<device>${children.map(([before, is, holds]) => `${before}${holds === null ? `<${is}/>` : `<${is}>${holds}</${is}>`}`).join('')}${last}</device>`;
          const state = { certHash: hash, encrypted, capfServers: readCapfServers(['a'], 3804) };
          const once = set(file, state);
          assert.equal(set(once, state), once);
          const without = (xml: string) =>
            xml.replaceAll(/<(fullConfig|capf\w+|certHash|encrConfig)(?:\/>|>[\s\S]*?<\/\1>)/g, '');
          assert.equal(without(once).replaceAll(/\s/g, ''), without(file).replaceAll(/\s/g, ''));
          for (const is of ['fullConfig', 'capfAuthMode', 'certHash', 'encrConfig', 'capfList']) {
            assert.equal(once.split(`<${is}>`).length, 2);
          }
        },
      ),
    );
  });
});

describe('CAPF servers', () => {
  it('are read as host[:port], IPv6 in brackets where a port follows', () => {
    assert.deepEqual(readCapfServers(['a.example', '192.0.2.1:9', '2001:db8::1', '[2001:db8::1]', '[::1]:4'], 3804), [
      { host: 'a.example', port: 3804 },
      { host: '192.0.2.1', port: 9 },
      { host: '2001:db8::1', port: 3804 },
      { host: '2001:db8::1', port: 3804 },
      { host: '::1', port: 4 },
    ]);
  });

  it('are refused when phones could not read them', () => {
    const refused = ['', 'a b', '<a>', 'a:0', 'a:65536', 'a:1:2', '[a]:1', 'x'.repeat(51)].map((one) => [one]);
    for (const given of [...refused, ['1', '2', '3', '4', '5', '6']]) {
      assert.throws(() => readCapfServers(given, 3804), { code: 'capf-servers-unusable' }, String(given));
    }
  });
});
