import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { HeldCertificate } from '@opencapf/phone';
import { BootDirectory, bootPhone } from '@opencapf/phone/boot';
import { certificateMd5, createFileServerCertificate, createSigner, generateKeyPair } from '@opencapf/pki';
import { listFetches, putConfiguration, putDevice } from '@opencapf/store';
import { Enrolments } from '../support/enrolments.js';
import { eventually } from '../support/eventually.js';
import { fetchOverHttps } from '../support/https-files.js';
import { element, FileFetcher, fileSettings, fullConfiguration as full } from '../support/phone-files.js';

const author = { name: 'test' };
const [name, neighbour, booting] = ['SEPA45630BBFA42', 'SEPA45630BBFA43', 'SEPA45630BBFA44'];

describe('files over HTTPS', () => {
  let service: Enrolments;
  let server: Uint8Array;
  const lscs = new Map<string, HeldCertificate>();
  before(async () => {
    service = await Enrolments.start({
      ...{ ...fileSettings, OPENCAPF_TFTP_HTTPS_PORT: '0', OPENCAPF_CAPF_SERVERS: '127.0.0.1' },
    });
    for (const device of [name, neighbour, booting]) {
      const { database } = service.test;
      await putDevice(database, device, 'phone', { encryptedConfiguration: true }, author);
      await putConfiguration(database, service.secretKey, device, { xml: Buffer.from(full) }, author);
    }
    const list = await new FileFetcher(service.at.filesPort, name).trustList();
    assert.equal(list.header.signerVersion, '1.1', 'newer phones are told to come');
    const servers = list.records.filter(
      ({ role, certificate }) => role === 'TFTP' && certificate?.keyType?.kind === 'ec',
    );
    assert.equal(servers.length, 1);
    server = servers[0]?.certificate?.der ?? assert.fail('no server in the list');
  });
  after(async () => await service[Symbol.asyncDispose]());

  const fetched = async (file: string, shown?: HeldCertificate): Promise<string | undefined> =>
    (await fetchOverHttps({ port: service.at.httpsPort, server }, file, shown))?.toString();
  const configuration = async (shown?: HeldCertificate, device = name) => await fetched(`${device}.cnf.xml.sgn`, shown);
  const lscOf = (device: string): HeldCertificate => lscs.get(device) ?? assert.fail('no LSC');
  const enroll = async (device: string): Promise<void> => {
    await service.queueInstall(device, undefined, undefined, 'ecOnly');
    const { identity } = await service.enroll(device, { makeKey: async (type) => await generateKeyPair(type) });
    lscs.set(device, identity.lsc ?? assert.fail('no LSC'));
  };
  /** What anybody is given: what HTTP has, without its signature. */
  const isPartial = async (shown?: HeldCertificate, device = name): Promise<void> => {
    const overHttp = new FileFetcher(service.at.filesPort, device);
    const file = (await configuration(shown, device)) ?? '';
    assert.equal(file, await overHttp.signed());
    assert.equal(element(file, 'fullConfig'), 'false');
    assert.doesNotMatch(file, /planted/);
  };

  it('are the partial file without a certificate, and the full one for who shows the EC LSC of the device', async () => {
    await isPartial();
    for (const device of [name, neighbour]) await enroll(device);
    const md5hash = certificateMd5(lscOf(name).certificate);
    const whole = await configuration(lscOf(name));
    const servers = /<capfList>.*<\/capfList>/s.exec(whole ?? '')?.[0] ?? '';
    assert.match(servers, /127\.0\.0\.1/);
    assert.equal(
      whole?.replace(servers, '<capfList></capfList>'),
      full.replace('<certHash></certHash>', `<certHash>${md5hash}</certHash>`),
    );
    await isPartial();
    assert.equal(await fetched(`${name}.cnf.xml.enc.sgn`, lscOf(name)), undefined);
    assert.equal(await fetched(`${name}.cnf.xml`, lscOf(name)), undefined, 'as over HTTP');
    assert.equal(
      await fetched('ITLFile.tlv'),
      (await new FileFetcher(service.at.filesPort, name).get('ITLFile.tlv'))?.toString(),
    );
    await eventually(
      async () => await listFetches(service.test.database, name),
      (seen) => seen.some(({ file, outdated }) => file === 'configuration' && !outdated),
    );
  });

  it("are refused to who shows another device's certificate, and the log says so", async () => {
    assert.equal(await configuration(lscOf(neighbour)), undefined);
    await eventually(
      async () => service.service.err,
      (log) => /"code":"certificate-of-another-device"[^\n]*SEPA45630BBFA42\.cnf\.xml\.sgn/.test(log),
    );
    assert.match((await configuration(lscOf(neighbour), neighbour)) ?? '', /planted/);
  });

  it('are the partial file for who shows a certificate that is not on record, or not valid any more', async () => {
    const key = await generateKeyPair({ kind: 'ec', size: 256 });
    const unknown = { key, certificate: await createFileServerCertificate(createSigner(key)) };
    assert.equal(await configuration(unknown), undefined, 'it names somebody else');
    const changes = [
      `not_after = now() - interval '1 minute'`,
      `not_after = now() + interval '1 year', not_before = now() + interval '1 minute'`,
      `not_before = now() - interval '1 minute', superseded_at = now()`,
    ];
    for (const change of changes) {
      await service.rows(
        `update opencapf_private.certificate set ${change} where device_name = '${neighbour}' and type = 'LSC'`,
      );
      await isPartial(lscOf(neighbour), neighbour);
    }
  });

  it('are what a phone boots with, from nothing to the configuration that its EC LSC gives it', async () => {
    await service.queueInstall(booting, undefined, undefined, 'ecOnly');
    const boot = async (httpsPort: number) =>
      await bootPhone({
        name: booting,
        place: { transport: 'http', host: '127.0.0.1', port: service.at.filesPort },
        httpsPort,
        keeper: new BootDirectory(service.dataDir('phones'), booting),
        persistence: { times: 0, pauseMs: 1 },
        resetMs: 1,
      });
    const elsewhere = await boot(Number(new URL(service.at.admin).port));
    assert.ok(elsewhere.outcome.kind === 'filesFault', JSON.stringify(elsewhere));
    assert.equal(elsewhere.outcome.fault.code, 'files-server-not-trusted');

    const { outcome, trace, identity } = await boot(service.at.httpsPort);
    assert.ok(outcome.kind === 'configured' && outcome.encrypted, JSON.stringify([outcome, trace]));
    const xml = Buffer.from(outcome.configuration).toString();
    assert.equal(element(xml, 'certHash'), certificateMd5(identity.lsc?.certificate ?? assert.fail('no LSC')));
    assert.equal(element(xml, 'sshPassword'), 'planted-ssh-password');
    assert.deepEqual(
      trace.flatMap((step) => (step.step === 'decision' ? [step.next] : [])),
      ['goToCapf', 'useConfiguration'],
    );
    assert.deepEqual(
      trace.flatMap((step) => (step.step === 'file' && step.over === 'https' ? [step.name] : [])),
      [`${booting}.cnf.xml.sgn`, `${booting}.cnf.xml.sgn`],
    );
    assert.equal((await boot(service.at.httpsPort)).outcome.kind, 'configured', 'with what it has kept');
  });

  it('are served while strangers send garbage, or begin handshakes and stay silent', async () => {
    const socketOf = async (sent: Uint8Array) => {
      const socket = connect(service.at.httpsPort, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(sent);
      return socket;
    };
    const silent = await Promise.all(Array.from({ length: 100 }, () => socketOf(Buffer.from([22, 3, 1, 2, 0, 1]))));
    try {
      const garbage = await Promise.all(
        [
          Buffer.from('GET / HTTP/1.1\r\n\r\n'),
          Buffer.concat([Buffer.from([22, 3, 1, 0, 64, 1]), randomBytes(63)]),
        ].map(socketOf),
      );
      for (const socket of garbage) if (!socket.closed) await once(socket.resume(), 'close');
      assert.match((await configuration(lscOf(name))) ?? '', /planted/);
      assert.ok(silent.some(({ closed }) => !closed));
    } finally {
      for (const socket of silent) socket.destroy();
    }
  });
});
