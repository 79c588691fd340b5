import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compileLscProfile,
  createCapfCertificate,
  createSigner,
  generateKeyPair,
  loadIssuer,
  randomSerial,
  toPem,
} from '@opencapf/pki';
import { connectDatabase, putConfiguration, SecretKey } from '@opencapf/store';
import { tftpDownload } from '@opencapf/tftp/testing';
import { fileSettings } from '../support/phone-files.js';
import { randomNumbers } from '../support/random-numbers.js';
import { type BenchService, costOf, startBenchService } from './bench-service.js';
import { circumstances } from './circumstances.js';
import { FileClient } from './file-client.js';
import { type FileFigures, rounded, timesOf } from './report.js';
import { namesOf, seedIdle } from './seed.js';
import { timedCalls } from './timed-calls.js';

const devices = 30_000;
/** Of them, so many have a configuration. */
const configured = 8_000;
/** Of these, so many have a certificate and encryption on. */
const encrypted = 300;
/** Asked for as phones come that all boot within five minutes: each has its configuration built, and asks for five files. */
const asked = 6_000;
const firstPerSecond = devices / 300;
const keptPerSecond = 5 * firstPerSecond;
const mixedRequests = 10_000;
const mixedAtOnce = 64;
const transfers = 200;
/** One packet in so many is lost, in either direction. */
const lossOneIn = 50;

/** What it takes to give 30,000 phones their files, by HTTP and by TFTP. */
export async function measureFiles(say: (line: string) => void): Promise<FileFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'opencapf-bench-'));
  mkdirSync(join(directory, 'files'));
  writeFileSync(join(directory, 'files', 'ringlist.xml'), '<ringlist/>'.padEnd(20_000));
  try {
    const settings = { ...fileSettings, OPENCAPF_TFTP_CACHE: '512', OPENCAPF_TFTP_FILES: join(directory, 'files') };
    await using bench = await startBenchService({ settings });
    const { files } = bench.service;
    if (files === undefined) throw new Error('the service serves no files');
    const names = namesOf('F', devices);
    await seedIdle(bench, names);
    const withCertificate = names.slice(0, encrypted);
    await configure(bench, names.slice(0, configured));
    say(`${configured} devices have a configuration`);
    await encrypt(bench, withCertificate);
    say(`${encrypted} of them are encrypted`);

    await using client = new FileClient();
    const port = files.http;
    const pathsOf = (some: readonly string[], extension: string) => some.map((name) => `/${name}.cnf.xml${extension}`);
    const paths = [...pathsOf(withCertificate, '.enc.sgn'), ...pathsOf(names.slice(0, asked - encrypted), '.sgn')];
    const first = await client.fetch({ port, paths, pace: { perSecond: firstPerSecond } });
    say('all were asked for the first time');
    const again = { paths, pace: { perSecond: keptPerSecond } };
    const { result: kept, cost } = await costOf(bench, async () => await client.fetch({ port, ...again }));
    const floor = await withFloor(bench, async (floorPort) => await client.fetch({ port: floorPort, ...again }));
    const random = randomNumbers(7);
    // A quarter of the configured devices was not asked for before; a trust list belongs to all.
    const mixed = Array.from({ length: mixedRequests }, (_, n) => {
      const name = names[random(n % 4 === 0 ? devices : configured)] ?? '';
      if (n % 4 === 0) return `/ITL${name}.tlv`;
      if (n % 8 === 1) return '/ringlist.xml.sgn';
      return n % 8 === 3 ? `/${withCertificate[random(encrypted)]}.cnf.xml.enc.sgn` : `/${name}.cnf.xml.sgn`;
    });
    const { seconds } = await client.fetch({ port, paths: mixed, pace: { atOnce: mixedAtOnce } });
    const mixedPerSecond = Math.round(mixedRequests / seconds);
    const tftpBegun = performance.now();
    const complete = await transferAll(files.tftp, names.slice(configured - transfers, configured));
    return {
      ...circumstances(),
      ...{
        devices,
        encrypted,
        asked,
        firstPerSecond,
        keptPerSecond,
        mixedRequests,
        mixedAtOnce,
        mixedPerSecond,
        transfers,
        lossOneIn,
      },
      first: timesOf(first.times),
      kept: timesOf(kept.times),
      floor: timesOf(floor.times),
      keptServerMs: rounded(cost.server / asked),
      keptPostgresMs: rounded(cost.postgres / asked),
      transfersComplete: complete,
      transferSeconds: rounded((performance.now() - tftpBegun) / 1_000),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Does something while the floor is listening, on the service's own PostgreSQL. */
async function withFloor<Result>({ service }: BenchService, work: (port: number) => Promise<Result>): Promise<Result> {
  const child = fork(fileURLToPath(new URL('file-floor-process.js', import.meta.url)));
  const ended = once(child, 'exit');
  try {
    child.send(service.database);
    const [port] = (await Promise.race([once(child, 'message'), ended.then(() => [undefined])])) as [
      number | undefined,
    ];
    if (port === undefined) throw new Error('the floor did not start');
    return await work(port);
  } finally {
    if (child.connected) child.disconnect();
    await ended;
  }
}

/** A file of 8 KB for each, as an administrator gives it. */
async function configure({ service }: BenchService, names: readonly string[]): Promise<void> {
  const secretKey = SecretKey.parse(readFileSync(join(service.dataDir, 'secret.key'), 'utf8').trim());
  const { host, port, user, password, database: name } = service.database;
  const place = {
    host: String(host),
    port: Number(port),
    user: String(user),
    password: String(password),
    database: String(name),
  };
  await using database = await connectDatabase(place);
  const line =
    '<line button="1"><featureLabel>Line</featureLabel><authName>user</authName><authPassword>x</authPassword></line>';
  const xml = Buffer.from(
    `<?xml version="1.0"?>\n<device>\n<deviceProtocol>SIP</deviceProtocol>\n<sipProfile><sipLines>\n${`${line}\n`.repeat(70)}</sipLines></sipProfile>\n<certHash/>\n</device>\n`,
  );
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let device = names[next]; device !== undefined; device = names[next]) {
      next += 1;
      await putConfiguration(database, secretKey, device, { xml }, { name: 'bench' });
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** Records a certificate for each and switches encryption on. */
async function encrypt({ client }: BenchService, names: readonly string[]): Promise<void> {
  const signer = createSigner(await generateKeyPair({ kind: 'rsa', size: 2048 }));
  const issuer = loadIssuer(await createCapfCertificate(signer, {}, new Date(Date.now() - 2 * 86_400_000)), signer);
  const profile = compileLscProfile(issuer);
  const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
  for (const deviceName of names) {
    const { spki } = await generateKeyPair({ kind: 'rsa', size: 1024 });
    const tbs = profile.encodeTbs({ deviceName, spki, serial: randomSerial(randomBytes), ...dates });
    const content = toPem('CERTIFICATE', profile.assemble(tbs, await signer.sign(tbs)));
    const path = `/v1/devices/${deviceName}/certificate?force=true`;
    const { status, body } = await client.request('PUT', path, { type: 'application/x-pem-file', content });
    if (status > 299) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
  }
  const body = { encryptedConfiguration: true };
  const calls = names.map((name) => ({ method: 'PUT', path: `/v1/devices/${name}`, body }));
  await timedCalls(client, calls, 4);
}

/** @returns how many came to their end */
async function transferAll(port: number, names: readonly string[]): Promise<number> {
  const ends = await Promise.allSettled(
    names.map(async (name, n) => {
      const random = randomNumbers(n + 1);
      const isLost = (): boolean => random(lossOneIn) === 0;
      return await tftpDownload({ port, name: `${name}.cnf.xml.sgn`, isLost });
    }),
  );
  return ends.filter((end) => end.status === 'fulfilled' && 'bytes' in end.value).length;
}
