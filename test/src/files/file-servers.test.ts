import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { deleteDevice, putConfiguration, putDevice } from '@opencapf/store';
import { tftpDownload } from '@opencapf/tftp/testing';
import { Administrator, administratorSettings } from '../support/administrator.js';
import { Enrolments } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { fetchOverHttps } from '../support/https-files.js';
import { element, FileFetcher, fileSettings } from '../support/phone-files.js';
import { randomNumbers } from '../support/random-numbers.js';
import { temporaryDirectory } from '../support/service-process.js';

const names = ['SEP001122334455', 'SEP001122334456'] as const;
const secretOf = (name: string): string => `planted-${name.slice(-2)}`;
const fileOf = (name: string): string => `<device><sshPassword>${secretOf(name)}</sshPassword></device>`;
const author = { name: 'test' };

describe("servers of phones' files", () => {
  const directory = temporaryDirectory();
  let service: Enrolments;
  before(async () => {
    const files = join(directory.path, 'files');
    mkdirSync(join(files, 'locale'), { recursive: true });
    writeFileSync(join(files, 'locale', 'tones.xml'), '<tones/>');
    writeFileSync(join(directory.path, 'secret'), 'planted-outside');
    symlinkSync('../secret', join(files, 'out'));
    service = await Enrolments.start({
      ...fileSettings,
      ...administratorSettings,
      OPENCAPF_TFTP_FILES: files,
      OPENCAPF_TFTP_HTTPS_PORT: '0',
      OPENCAPF_CAPF_SERVERS: 'capf.example.com',
      OPENCAPF_CAPF_LEGACY_PORT: '0',
      OPENCAPF_WORKERS: '2',
      OPENCAPF_LOG_LEVEL: 'debug',
    });
    for (const name of names) {
      await putDevice(service.test.database, name, 'phone', {}, author);
      const xml = Buffer.from(fileOf(name));
      await putConfiguration(service.test.database, service.secretKey, name, { xml }, author);
    }
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  /** A request whose target is sent as it is, which fetch would tidy. */
  async function httpGet(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const sent = request({ host: '127.0.0.1', port: service.at.filesPort, path, agent: false });
    const answered = once(sent, 'response');
    sent.end();
    const [response] = await answered;
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, body: Buffer.concat(chunks).toString('latin1') };
  }

  it('serve each device its own configuration, and static files, under workers too', async () => {
    for (const name of names) {
      const files = new FileFetcher(service.at.filesPort, name);
      assert.equal(element(await files.signed(), 'sshPassword'), secretOf(name));
    }
    const list = await new FileFetcher(service.at.filesPort, names[0]).trustList();
    assert.ok(list.records.length >= 4);
    assert.equal((await httpGet('/locale/tones.xml')).body, '<tones/>');
    assert.match((await httpGet('/locale/tones.xml.sgn')).body, /<tones\/>$/);
    const byTftp = await tftpDownload({ port: service.at.tftpPort, name: 'locale/tones.xml', options: { tsize: 0 } });
    assert.deepEqual('bytes' in byTftp && [byTftp.bytes.toString(), byTftp.granted], ['<tones/>', { tsize: '8' }]);
    const server = list.records.find(({ certificate }) => certificate?.keyType?.kind === 'ec')?.certificate?.der;
    assert.ok(server !== undefined, 'the list names no server for HTTPS');
    const place = { port: service.at.httpsPort, server };
    const overHttps = async () => (await fetchOverHttps(place, 'locale/tones.xml.sgn'))?.toString();
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, overHttps))), new Set(['<tones/>']));
  });

  it('send models that speak old TLS alone to the legacy port, and all others to the strict one', async () => {
    const ports = new Map<string, string | undefined>();
    for (const [at, model] of ['7942', 'Cisco 7962', '7821', '8845', 'unheard of'].entries()) {
      const name = `SEP0011223344A${at}`;
      await putDevice(service.test.database, name, 'phone', { model }, author);
      const xml = Buffer.from('<device/>');
      await putConfiguration(service.test.database, service.secretKey, name, { xml }, author);
      ports.set(model, element(await new FileFetcher(service.at.filesPort, name).signed(), 'phonePort'));
      await deleteDevice(service.test.database, name, author);
    }
    const strict = String(service.at.capfPort);
    const legacy = ports.get('7942');
    assert.ok(legacy !== undefined && /^[1-9]\d*$/.test(legacy) && legacy !== strict, legacy);
    assert.deepEqual(
      [...ports],
      [
        ['7942', legacy],
        ['Cisco 7962', legacy],
        ['7821', strict],
        ['8845', strict],
        ['unheard of', strict],
      ],
    );
  });

  it('give no configuration to a name that it does not belong to, whatever the name', async (t) => {
    const seed = 20_261_127;
    t.diagnostic(`seed ${seed}`);
    const random = randomNumbers(seed);
    const pieces = [
      ...names,
      '.cnf.xml',
      '.sgn',
      '.enc.sgn',
      '/',
      '..',
      '%2e',
      '%2f',
      '%00',
      '\\',
      'ITL',
      '.tlv',
      'sep',
      '?',
      ' ',
      'out',
      'locale',
    ];
    const pick = (): string => pieces[random(pieces.length)] ?? '';
    // First: of very many refusals in one second not every one is logged.
    for (const one of [
      `${names[0].toLowerCase()}.cnf.xml`,
      `x/${names[0]}.cnf.xml`,
      'SEP001122334457.cnf.xml.sgn',
      'out',
    ]) {
      assert.deepEqual(await httpGet(`/${one}`), { status: 404, body: '' });
      assert.equal(await overTftp(one), 'File not found');
    }
    await eventually(
      async () => service.service.err,
      (log) => /"code":"device-unknown"/.test(log) && /"code":"name-malformed"/.test(log),
    );
    for (let n = 0; n < 400; n += 1) {
      const asked = Array.from({ length: 1 + random(5) }, pick).join('');
      const owner = names.find((name) => [`${name}.cnf.xml`, `${name}.cnf.xml.sgn`].includes(asked));
      const got = n % 4 === 0 ? await overTftp(asked) : (await httpGet(`/${asked.replaceAll(' ', '%20')}`)).body;
      for (const name of names) assert.equal(got.includes(secretOf(name)), name === owner, asked);
      assert.doesNotMatch(got, /planted-outside/, asked);
    }
    assert.doesNotMatch(service.service.err, /planted/);
  });

  async function overTftp(asked: string): Promise<string> {
    const answer = await tftpDownload({ port: service.at.tftpPort, name: asked || 'x' });
    return 'bytes' in answer ? answer.bytes.toString('latin1') : answer.message;
  }

  it('have it known who fetched what, and whether it is still what would be served', async () => {
    await using administrator = new Administrator(service.at);
    const listed = async (filter: string): Promise<readonly string[]> => {
      const { items } = await administrator.call<{ items: { name: string }[] }>('GET', `/v1/devices?${filter}`);
      return items.map(({ name }) => name);
    };
    const [one, two] = names;
    await new FileFetcher(service.at.filesPort, one).trustList();
    await eventually(
      async () => await listed('trustListFetched=current'),
      (found) => found.includes(one),
    );
    assert.deepEqual(await listed('configurationFetched=current'), [one, two]);
    // States are told apart by the millisecond.
    await putDevice(service.test.database, one, 'phone', { encryptedConfiguration: true }, author);
    assert.deepEqual(await listed('configurationFetched=old'), [one]);
    assert.deepEqual(await listed('configurationFetched=never'), []);
    const { items } = await administrator.call<{ items: { file: string; outdated: boolean; address: string }[] }>(
      'GET',
      `/v1/devices/${one}/files`,
    );
    assert.deepEqual(
      items.map(({ file, outdated, address }) => [file, outdated, address]),
      [
        ['configuration', true, '127.0.0.1'],
        ['itl', false, '127.0.0.1'],
      ],
    );
    const metrics = await administrator.call<string>('GET', '/metrics');
    assert.match(metrics, /^opencapf_files_total\{transport="tftp",outcome="served"\} \d+$/m);
    assert.match(metrics, /^opencapf_files_total\{transport="http",outcome="name-malformed"\} \d+$/m);
    assert.match(metrics, /^opencapf_device_files\{file="itl",state="current"\} [12]$/m);
    await administrator.call('GET', '/readyz');
    // Who signs them changes the files of all devices.
    assert.deepEqual(await listed('configurationFetched=current'), [two]);
    await administrator.call('POST', '/v1/trust-list/signers/tftp/stage', undefined, 201);
    await administrator.call('POST', '/v1/trust-list/signers/tftp/switch', { override: true });
    assert.deepEqual(await listed('configurationFetched=old'), [one, two]);
    await eventually(
      async () => {
        await httpGet(`/${two}.cnf.xml.sgn`);
        return await listed('configurationFetched=current');
      },
      (found) => found.includes(two),
    );
  });

  it('serve nothing old while changes cannot be heard of, and hear of them again', async () => {
    const [, two] = names;
    const files = new FileFetcher(service.at.filesPort, two);
    await files.signed();
    await service.rows(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'opencapf listening' and datname = current_database()",
    );
    await eventually(
      async () => service.service.err,
      (log) => /changes of files are not heard of/.test(log),
    );
    const xml = Buffer.from(fileOf(two).replace('planted', 'changed'));
    await putConfiguration(service.test.database, service.secretKey, two, { xml }, author);
    assert.match(await files.signed(), /changed-56/);
    await eventually(
      async () => service.service.err,
      (log) => /changes of files are heard of again/.test(log),
    );
  });

  it('end in time while a transfer waits for a client that is gone', async () => {
    const client = createSocket('udp4');
    client.bind(0, '127.0.0.1');
    const answered = once(client, 'message');
    client.send(Buffer.from(`\0\x01${names[1]}.cnf.xml\0octet\0`, 'latin1'), service.at.tftpPort, '127.0.0.1');
    await answered;
    client.close();
    const { status } = await service.service.kill('SIGTERM');
    assert.equal(status, 0, service.service.err.slice(-2_000));
  });
});
