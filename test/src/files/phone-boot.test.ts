import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@opencapf/phone';
import { type Boot, BootDirectory, type BootOptions, bootPhone } from '@opencapf/phone/boot';
import { type CapfIdentity, capfIdentity, type FakePeer, issueLsc, startFakeCapf } from '@opencapf/phone/testing';
import { certificateMd5, generateKeyPair } from '@opencapf/pki';
import {
  authRequest,
  endSession,
  fetchCertificateRequest,
  keyGenerateRequest,
  storeCertificateRequest,
} from '@opencapf/protocol';
import { eventually } from '../support/eventually.js';
import { BootSite, newSigner, phoneName } from './boot-site.js';

const session = 0x0a0b0c0d;
const program = fileURLToPath(new URL('../../../packages/cli/bin/opencapf.js', import.meta.url));
const noRetry = { times: 0, pauseMs: 1 } as const;

describe('a simulated phone that boots', () => {
  let site: BootSite;
  let capf: CapfIdentity;
  let mic: NonNullable<BootOptions['mic']>;
  let directory: string;
  before(async () => {
    site = await BootSite.start();
    capf = await capfIdentity();
    const key = await generateKeyPair({ kind: 'rsa', size: 2048 });
    mic = { certificate: await issueLsc(capf.issuer, phoneName, key), key };
  });
  after(async () => await site[Symbol.asyncDispose]());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opencapf-boot-'));
    site.files.clear();
    site.asked.length = 0;
    await site.serveList(capf);
  });

  afterEach(async () => await rm(directory, { recursive: true }));

  const boot = async (options: Partial<BootOptions> = {}): Promise<Boot> =>
    await bootPhone({
      name: phoneName,
      place: site.place(),
      timeoutMs: 5_000,
      persistence: noRetry,
      resetMs: 0,
      ...options,
    });
  const steps = ({ trace }: Boot) =>
    trace.map((one) => {
      switch (one.step) {
        case 'file':
          return `${one.result} ${one.name}`;
        case 'trustList':
          return `${one.kind} ${one.verdict}`;
        case 'decision':
          return [one.next, one.reason, one.by].filter((word) => word !== undefined).join(' ');
        case 'capf':
          return `capf ${one.outcome}`;
        case 'restart':
          return `restart ${one.why}`;
        case 'hash':
          return one.equal ? 'hash equal' : 'hash differs';
        default:
          return one.step;
      }
    });
  /** A CAPF server that has the phone show its certificate. */
  const keySync = async (thenServe: () => Promise<void>, visits = 1) =>
    await startFakeCapf(
      capf,
      async (peer: FakePeer) => {
        await peer.say(authRequest(session));
        await peer.expect('AuthResponse');
        await peer.say(fetchCertificateRequest(session));
        await peer.expect('FetchCertificateResponse');
        await thenServe();
        await peer.sayLast(endSession(session, 0));
      },
      {},
      visits,
    );
  /** One that installs an LSC. */
  const install = async (authString: string, thenServe: (certificate: Uint8Array) => Promise<void>) =>
    await startFakeCapf(capf, async (peer: FakePeer) => {
      await peer.say(authRequest(session));
      const { password } = await peer.expect('AuthResponse');
      assert.equal(Buffer.from(password ?? []).toString(), authString);
      await peer.say(keyGenerateRequest(session, { version: 3, key: { type: 'rsa', size: 1024 } }));
      await peer.expect('RequestInProgress');
      const { publicKey } = await peer.expect('KeyGenerateResponse');
      assert.ok(publicKey);
      const certificate = await issueLsc(capf.issuer, phoneName, { spki: publicKey });
      await peer.say(storeCertificateRequest(session, certificate));
      await peer.expect('StoreCertificateResponse');
      await thenServe(certificate);
      await peer.sayLast(endSession(session, 1));
    });
  const content = (result: Boot): string =>
    result.outcome.kind === 'configured' ? Buffer.from(result.outcome.configuration).toString() : result.outcome.kind;

  it('is told that its hash is unknown, goes to CAPF, and reads its encrypted configuration', async () => {
    const full = await site.serveConfiguration({ full: true, encrypted: true });
    const server = await keySync(async () => {
      const certHash = certificateMd5(mic.certificate);
      await site.serveConfiguration({ full: false, encrypted: true, certHash });
    });
    await site.serveConfiguration({ full: false, encrypted: true, capf: [server.port] });
    await site.serveEncrypted(full, mic.certificate);
    const result = await boot({ mic });
    await server.finished();
    assert.equal(content(result), full.toString());
    const beginning = [
      `missing CTL${phoneName}.tlv`,
      `missing ITL${phoneName}.tlv`,
      'found ITLFile.tlv',
      'itl first',
      `found ${phoneName}.cnf.xml.sgn`,
      'configuration',
    ];
    assert.deepEqual(steps(result), [
      ...beginning,
      'hash differs',
      'goToCapf publicKeyMismatch nullString',
      'capf fetched',
      'restart keyRecorded',
      ...beginning.map((step) => (step === 'itl first' ? 'itl unchanged' : step)),
      'hash equal',
      'fetchEncrypted',
      `found ${phoneName}.cnf.xml.enc.sgn`,
      'encrypted',
    ]);
  });

  it('installs an LSC by the mode of its file, begins again with it, and keeps all of it for the next boot', async () => {
    const keeper = new BootDirectory(directory, phoneName);
    const server = await install('4711', async () => {
      await site.serveConfiguration({ full: true });
    });
    await site.serveConfiguration({ full: true, mode: 1, capf: [server.port] });
    assert.equal((await boot({ keeper })).outcome.kind, 'awaitsString');
    const result = await boot({ keeper, authString: '4711', lscIssuers: capf.trust });
    await server.finished();
    assert.ok(steps(result).includes('restart lscUpdated'), steps(result).join());
    assert.equal(result.outcome.kind, 'configured');
    const again = await boot({ keeper });
    assert.equal(again.outcome.kind, 'configured');
    assert.ok(again.identity.lsc);
    assert.ok(steps(again).includes('itl unchanged'));
    assert.match(await readFile(join(directory, `${phoneName}.cnf.xml`), 'utf8'), /<fullConfig>true/);
  });

  it('takes a list only from a signer that its own list holds, and files only from signers of that list', async () => {
    const keeper = new BootDirectory(directory, phoneName);
    await site.serveConfiguration({ full: true });
    assert.equal((await boot({ keeper })).outcome.kind, 'configured');
    const [stranger, other] = [await newSigner('sast'), await newSigner('tftp')];
    await site.serveList(capf, { sast: stranger, tftp: other });
    await site.serveConfiguration({ full: true }, other);
    const refused = await boot({ keeper });
    assert.ok(steps(refused).includes('itl refused'));
    assert.ok(refused.outcome.kind === 'fileRefused' && refused.outcome.fault.code === 'file-signer-unknown');
    // The old signer vouches for the new one first.
    await site.serveList(capf, { also: [stranger], tftp: other });
    assert.equal((await boot({ keeper })).outcome.kind, 'configured');
    await site.serveList(capf, { sast: stranger, tftp: other });
    const taken = await boot({ keeper });
    assert.ok(steps(taken).includes('itl taken'));
    assert.equal(taken.outcome.kind, 'configured');
  });

  it('tries every CAPF server, and all of them three times more 30 s apart', async () => {
    const pauses: number[] = [];
    const clock: Clock = {
      now: () => systemClock.now(),
      after(milliseconds, expire) {
        if (milliseconds < 30_000) return systemClock.after(milliseconds, expire);
        pauses.push(milliseconds);
        return systemClock.after(0, expire);
      },
    };
    const server = await keySync(async () => {
      await site.serveConfiguration({ full: true });
    });
    // Nobody listens there.
    await site.serveConfiguration({ full: false, encrypted: true, capf: [1, server.port] });
    const second = await boot({ mic, clock, persistence: undefined });
    await server.finished();
    assert.deepEqual(
      steps(second).filter((step) => step.startsWith('capf')),
      ['capf connectionFault', 'capf fetched'],
    );
    assert.deepEqual(pauses, []);
    await site.serveConfiguration({ full: false, encrypted: true, capf: [1, 2] });
    const none = await boot({ mic, clock, persistence: undefined });
    assert.ok(none.outcome.kind === 'capfFailed' && none.outcome.outcome.kind === 'connectionFault');
    assert.equal(steps(none).filter((step) => step === 'capf connectionFault').length, 8);
    assert.deepEqual(pauses, [30_000, 30_000, 30_000]);
  });

  it('goes to no CAPF server that its list does not hold', async () => {
    const impostor = await capfIdentity();
    const server = await startFakeCapf(impostor, async () => {});
    await site.serveConfiguration({ full: false, encrypted: true, capf: [server.port] });
    const { outcome } = await boot({ mic });
    await server.finished();
    assert.ok(outcome.kind === 'capfFailed' && outcome.outcome.kind === 'tlsFault');
    await site.serveList(undefined);
    const unlisted = await boot({ mic });
    assert.ok(unlisted.outcome.kind === 'capfUnknown' && unlisted.outcome.code === 'capf-not-in-trust-list');
  });

  it('goes to CAPF when the encrypted file does not open, and asks for the signed one when there is none', async () => {
    const certHash = certificateMd5(mic.certificate);
    const full = await site.serveConfiguration({ full: true });
    const server = await keySync(async () => await site.serveEncrypted(full, mic.certificate));
    await site.serveConfiguration({ full: false, encrypted: true, certHash, capf: [server.port] });
    const otherKey = await generateKeyPair({ kind: 'rsa', size: 2048 });
    await site.serveEncrypted(full, await issueLsc(capf.issuer, phoneName, otherKey));
    const opened = await boot({ mic });
    await server.finished();
    assert.ok(steps(opened).includes('goToCapf decryptionFailed nullString'), steps(opened).join());
    assert.equal(opened.outcome.kind, 'configured');
    site.files.delete(`${phoneName}.cnf.xml.enc.sgn`);
    const without = await boot({ mic });
    assert.ok(without.outcome.kind === 'notConfigured' && without.outcome.code === 'encrypted-file-missing');
  });

  it('ends when it has no certificate that CAPF could record', async () => {
    const server = await keySync(async () => {});
    await site.serveConfiguration({ full: false, encrypted: true, capf: [server.port] });
    const result = await boot();
    await server.finished();
    assert.deepEqual(result.outcome, { kind: 'withoutCertificate' });
    assert.equal(steps(result).filter((step) => step.startsWith('capf')).length, 1);
  });

  it('boots over TFTP as over HTTP, and without any list takes the plain file', async () => {
    const full = await site.serveConfiguration({ full: true });
    const overTftp = await boot({ place: site.place('tftp') });
    assert.equal(content(overTftp), full.toString());
    assert.deepEqual(steps(overTftp), steps(await boot()));
    await eventually(
      async () => site.served,
      (served) => served.includes('tftp ITLFile.tlv') && served.includes(`tftp ${phoneName}.cnf.xml.sgn`),
    );
    site.files.clear();
    site.files.set(`${phoneName}.cnf.xml`, full);
    const plain = await boot({ place: site.place('tftp') });
    assert.equal(content(plain), full.toString());
    site.files.clear();
    const missing = await boot();
    assert.deepEqual(missing.outcome, { kind: 'configurationMissing', name: `${phoneName}.cnf.xml` });
    const nobody = await boot({ place: { transport: 'http', host: '127.0.0.1', port: 1 } });
    assert.ok(nobody.outcome.kind === 'filesFault' && nobody.outcome.fault.code === 'files-unreachable');
  });

  it('proves itself by the certificate that the mode names, and goes by the mode of a visit that was cut off', async () => {
    const keeper = new BootDirectory(directory, phoneName);
    await keeper.keepMic(mic);
    const lost = await startFakeCapf(capf, async (peer: FakePeer) => {
      await peer.say(authRequest(session));
      await peer.expect('AuthResponse');
      peer.destroy();
    });
    await site.serveConfiguration({ full: true, mode: 3, capf: [lost.port] });
    const cutOff = await boot({ keeper });
    await lost.finished();
    assert.ok(cutOff.outcome.kind === 'capfFailed' && cutOff.outcome.outcome.kind === 'connectionFault');
    let proof: Uint8Array | undefined;
    const server = await startFakeCapf(capf, async (peer: FakePeer) => {
      await peer.say(authRequest(session));
      proof = (await peer.expect('AuthResponse')).certificate?.der;
      await peer.sayLast(endSession(session, 0));
    });
    await site.serveConfiguration({ full: true, capf: [server.port] });
    const again = await boot({ keeper });
    await server.finished();
    assert.deepEqual(Buffer.from(proof ?? []), Buffer.from(mic.certificate));
    assert.ok(steps(again).includes('goToCapf manualSession existingCertificate'), steps(again).join());
    assert.equal(again.outcome.kind, 'configured');
    const done = await boot({ keeper });
    assert.ok(!steps(done).some((step) => step.startsWith('goToCapf')), 'what was stored is cleared');
  });

  it('fetches its encrypted file when a session of an operation has changed nothing', async () => {
    const full = await site.serveConfiguration({ full: true });
    const server = await startFakeCapf(capf, async (peer: FakePeer) => {
      await peer.say(authRequest(session));
      await peer.expect('AuthResponse');
      await peer.sayLast(endSession(session, 0));
    });
    const certHash = certificateMd5(mic.certificate);
    await site.serveConfiguration({ full: false, mode: 2, encrypted: true, certHash, capf: [server.port] });
    await site.serveEncrypted(full, mic.certificate);
    const result = await boot({ mic });
    await server.finished();
    assert.equal(content(result), full.toString());
    assert.deepEqual(
      steps(result).filter((step) => /^(goToCapf|capf|fetchEncrypted|encrypted)/.test(step)),
      ['goToCapf manualSession nullString', 'capf nothingPending', 'fetchEncrypted', 'encrypted'],
    );
  });

  it('says that it has no LSC when it comes for an operation, and shows no MIC in its place', async () => {
    const full = await site.serveConfiguration({ full: true });
    const server = await startFakeCapf(capf, async (peer: FakePeer) => {
      await peer.say(authRequest(session));
      await peer.expect('AuthResponse');
      await peer.say(fetchCertificateRequest(session));
      const { reason, certificate } = await peer.expect('FetchCertificateResponse');
      assert.deepEqual([reason, certificate], [7, undefined]);
      await peer.sayLast(endSession(session, 0));
    });
    const certHash = certificateMd5(mic.certificate);
    await site.serveConfiguration({ full: false, mode: 2, encrypted: true, certHash, capf: [server.port] });
    await site.serveEncrypted(full, mic.certificate);
    const result = await boot({ mic });
    await server.finished();
    assert.equal(content(result), full.toString());
  });

  it('can be broken off while it waits for a file, and between two rounds', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const waits = new AbortController();
    silent.once('message', () => waits.abort());
    const place = { transport: 'tftp', host: '127.0.0.1', port: silent.address().port } as const;
    const fetching = await boot({ place, signal: waits.signal, timeoutMs: 60_000 });
    silent.close();
    assert.deepEqual(fetching.outcome, { kind: 'brokenOff' });
    const server = await keySync(async () => {});
    await site.serveConfiguration({ full: false, encrypted: true, capf: [server.port] });
    const resets = new AbortController();
    const observe: BootOptions['observe'] = ({ step }) => void (step === 'restart' && resets.abort());
    const between = await boot({ mic, observe, signal: resets.signal, resetMs: 60_000 });
    await server.finished();
    assert.deepEqual(between.outcome, { kind: 'brokenOff' });
  });

  it('boots from the command line, with a trace of every step, and again with what it kept', async () => {
    const full = await site.serveConfiguration({ full: true });
    const { host, port } = site.place();
    const command = async (...args: readonly string[]) => {
      const child = spawn(process.execPath, [program, 'phone', 'boot', '--name', phoneName, ...args]);
      const ended = once(child, 'close');
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { code: (await ended)[0] as number, out, err };
    };
    const at = ['--tftp', `http://${host}:${port}`, '--out', directory];
    const first = await command(...at, '--json');
    const { outcome, exitStatus, configuration, trace } = JSON.parse(first.out);
    assert.deepEqual([first.code, outcome, exitStatus, configuration.bytes], [0, 'configured', 0, full.length]);
    assert.deepEqual(trace[0].step, 'file');
    assert.ok(!first.out.includes('secret'), 'passwords of the configuration stay in its file');
    await site.serveConfiguration({ full: true, mode: 1 });
    const [again, unreachable, misnamed] = await Promise.all([
      command(...at),
      command('--tftp', 'http://127.0.0.1:1'),
      command('--tftp', 'ftp://127.0.0.1'),
    ]);
    assert.deepEqual([again.code, unreachable.code, misnamed.code], [19, 13, 2]);
    assert.match(again.err, /^trustList: kind itl, verdict unchanged/m);
  });
});
