import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import type { enroller } from './adcs-harness.js';
import type { TlsIdentity } from './fake-ca.js';

const program = '/usr/sbin/apache2';
const modules = '/usr/lib/apache2/modules';

/** Debian's packages for it: `apache2-bin libapache2-mod-auth-gssapi gss-ntlmssp`. */
export const apacheIsThere =
  existsSync(program) && existsSync(`${modules}/mod_auth_gssapi.so`) && existsSync('/etc/gss/mech.d/mech.ntlmssp.conf');

/** Apache as a real NTLM server: HTTPS and logins in front, the fake pages behind. */
export class ApacheNtlm implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly port: number;

  private constructor(process: ChildProcess, directory: string, port: number) {
    this.#process = process;
    this.#directory = directory;
    this.port = port;
  }

  /** @param behind - Port of the pages on loopback. */
  static async start(tls: TlsIdentity, user: typeof enroller, behind: number): Promise<ApacheNtlm> {
    const directory = await mkdtemp(join(tmpdir(), 'opencapf-apache-'));
    // As root its workers are another user, who has to read the accounts.
    await chmod(directory, 0o755);
    const port = await freePort();
    const file = (name: string): string => join(directory, name);
    await writeFile(file('cert.pem'), tls.cert);
    await writeFile(file('key.pem'), tls.key, { mode: 0o600 });
    await writeFile(file('accounts'), `${user.domain}:${user.username}:${user.password}\n`, { mode: 0o644 });
    await writeFile(file('httpd.conf'), configuration(directory, port, behind));
    const child = spawn(program, ['-f', file('httpd.conf'), '-D', 'FOREGROUND'], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NTLM_USER_FILE: file('accounts') },
      stdio: 'ignore',
    });
    const apache = new ApacheNtlm(child, directory, port);
    try {
      await eventually(
        async () => await accepts(port),
        (listens) => listens,
      );
    } catch (fault) {
      const log = await readFile(file('error.log'), 'utf8').catch(() => '(no log)');
      await apache[Symbol.asyncDispose]();
      throw new Error(`Apache does not start: ${log}`, { cause: fault });
    }
    return apache;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function configuration(directory: string, port: number, behind: number): string {
  const loaded = ['mpm_event', 'ssl', 'authn_core', 'authz_core', 'authz_user', 'auth_gssapi', 'proxy', 'proxy_http'];
  return [
    ...loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    `ServerRoot ${directory}`,
    `DefaultRuntimeDir ${directory}`,
    `PidFile ${directory}/pid`,
    `ErrorLog ${directory}/error.log`,
    'ServerName 127.0.0.1',
    `Listen 127.0.0.1:${port}`,
    ...(process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : []),
    'StartServers 1',
    'SSLEngine on',
    `SSLCertificateFile ${directory}/cert.pem`,
    `SSLCertificateKeyFile ${directory}/key.pem`,
    `ProxyPass / http://127.0.0.1:${behind}/`,
    '<Location />',
    'AuthType GSSAPI',
    'AuthName certsrv',
    'GssapiAllowedMech ntlmssp',
    'GssapiConnectionBound On',
    'GssapiSSLonly On',
    'Require valid-user',
    '</Location>',
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
