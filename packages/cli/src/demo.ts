import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { createPhoneTls, type Enrollment, enroll, type PhoneIdentity, readCapfTrust } from '@opencapf/phone';
import { type CertificateRecord, certificateMd5, readCertificate, toPem } from '@opencapf/pki';
import pg from 'pg';
import { type PrivateService, startPrivateService } from './private-service.js';
import { openServiceClient, type ServiceClient } from './service-client.js';

/** The phone of the source document's example. */
const name = 'SEPA45630BBFA40';
const statement = `select md5hash,name from device where name='${name}'`;

/** The story took another turn. */
class Departed extends Error {}

/**
 * Tells the whole story on one screen, against a private service: an install is queued over REST, a simulated phone gets
 * its LSC, the LSC is verified, the row shows its hash, and the LSC is deleted again.
 *
 * @returns the exit status: 0 when all went as told
 */
export async function demo(out: Writable): Promise<number> {
  const chapter = (title: string, ...lines: readonly string[]): void => {
    out.write(`${title}\n${lines.map((line) => `    ${line}\n`).join('')}`);
  };
  try {
    await tell(chapter);
    chapter('All of it is stopped and removed again');
    return 0;
  } catch (fault) {
    out.write(`The demo failed: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return 1;
  }
}

type Chapter = (title: string, ...lines: readonly string[]) => void;

async function tell(chapter: Chapter): Promise<void> {
  const begun = performance.now();
  await using service = await startPrivateService();
  const took = ((performance.now() - begun) / 1000).toFixed(1);
  const { host, port } = service.capf;
  chapter(
    `A service of its own, with PostgreSQL, is ready after ${took} s`,
    `phones ${host}:${port}   admin ${service.admin}`,
    `CAPF certificate ${new X509Certificate(service.capfCertificate).subject}`,
  );
  const client = openServiceClient({ server: service.admin, authority: service.capfCertificate, token: service.token });
  const database = new pg.Client(service.database);
  await database.connect();
  try {
    await call(client, 'PUT', `/v1/devices/${name}`, { model: '8845' });
    const install = await call(client, 'POST', `/v1/devices/${name}/operations`, {
      operation: 'install',
      authenticationMode: 'authenticationString',
    });
    const { authenticationString } = install;
    chapter(
      'An install is queued over REST',
      `PUT /v1/devices/${name}, POST /v1/devices/${name}/operations`,
      `${install['state']}, completes by ${install['completesBy']}, authentication string ${authenticationString}`,
    );

    const installed = await visit(service, {}, String(authenticationString));
    const { lsc } = installed.identity;
    if (installed.outcome.kind !== 'installed' || lsc === undefined) throw departed('install', installed);
    const certificate = readCertificate(lsc.certificate);
    chapter(
      `The phone comes (${installed.tls?.version}, the server's certificate ${installed.tls?.verified ? 'verified' : 'NOT verified'})`,
      courseOf(installed),
      `LSC: ${certificate.subject}, serial ${certificate.serial}`,
      `issuer ${certificate.issuer}, until ${certificate.notAfter.toISOString().slice(0, 10)}`,
    );
    chapter('The LSC is verified', await verified(service, certificate));
    const md5hash = certificateMd5(certificate.der);
    chapter('Whoever builds its configuration file reads', statement, await row(database, md5hash));

    await call(client, 'POST', `/v1/devices/${name}/operations`, {
      operation: 'delete',
      authenticationMode: 'nullString',
    });
    const deleted = await visit(service, installed.identity);
    if (deleted.outcome.kind !== 'deleted' || deleted.identity.lsc !== undefined) throw departed('delete', deleted);
    chapter('A delete is queued, and the phone comes again', courseOf(deleted));
    chapter('The row says so', statement, await row(database, null));
  } finally {
    await database.end();
    await client.close();
  }
}

async function call(
  client: ServiceClient,
  method: string,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await client.request(method, path, { type: 'application/json', content: JSON.stringify(body) });
  if (answer.status >= 300 || typeof answer.body !== 'object' || answer.body === null) {
    throw new Departed(`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return { ...answer.body };
}

async function visit({ capf, capfCertificate }: PrivateService, identity: PhoneIdentity, authString?: string) {
  const tls = createPhoneTls({ trust: readCapfTrust(Buffer.from(capfCertificate)) });
  return await enroll({ ...capf, name, tls, identity, authString });
}

function courseOf({ steps }: Enrollment): string {
  const words = steps.flatMap(({ command, reason }) => (command === undefined ? [] : [wordOf(command, reason)]));
  return words.join(' > ').replaceAll(/(.{60,}?) > /g, '$1\n      > ');
}

function wordOf(command: string, reason: number | undefined): string {
  return command === 'EndSession' ? `EndSession ${reason}` : command;
}

/** By the program that the field trusts where there is one; Node's own check decides in any case. */
async function verified({ dataDir, capfCertificate }: PrivateService, lsc: CertificateRecord): Promise<string> {
  const capf = new X509Certificate(capfCertificate);
  if (!new X509Certificate(lsc.der).verify(capf.publicKey)) throw new Departed('the LSC is not signed by the CAPF key');
  const file = join(dataDir, `${name}.pem`);
  await writeFile(file, toPem('CERTIFICATE', lsc.der));
  try {
    const { stdout } = await promisify(execFile)('openssl', ['verify', '-CAfile', join(dataDir, 'capf.pem'), file]);
    return `openssl verify -CAfile capf.pem ${name}.pem: ${stdout.trim().split(': ').at(-1)}`;
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') {
      return 'the CAPF key has signed it (there is no openssl here to say so too)';
    }
    throw fault;
  }
}

async function row(database: pg.Client, expected: string | null): Promise<string> {
  const { rows } = await database.query<{ md5hash: string | null; name: string }>(statement);
  const [found] = rows;
  if (found === undefined || found.md5hash !== expected) throw new Departed(`the row is ${JSON.stringify(found)}`);
  return `${found.md5hash ?? 'NULL'} | ${found.name}`;
}

function departed(what: string, { outcome }: Enrollment): Departed {
  return new Departed(`the ${what} came to ${outcome.kind}${'fault' in outcome ? `: ${outcome.fault.message}` : ''}`);
}
