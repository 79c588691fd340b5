import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientConfig } from 'pg';

/** What a private service is started with. */
export interface PrivateServiceOptions {
  /** Settings beside those that keep it on loopback and on ports of its own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** An empty database, or one of OpenCAPF's; an embedded server of its own without it. */
  readonly databaseUrl?: string | undefined;
  /** Variables of the environment that its processes inherit, beside those that every process needs. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** A service of somebody's own: a process on loopback, with a data directory that goes with it. */
export interface PrivateService extends AsyncDisposable {
  readonly pid: number;
  readonly dataDir: string;
  readonly capf: { readonly host: string; readonly port: number };
  /** Ports of the servers of phones' files; undefined where it serves none. */
  readonly files: { readonly http: number; readonly tftp: number } | undefined;
  /** Base URL of the admin API. */
  readonly admin: string;
  /** The administrator's. */
  readonly token: string;
  /** `capf.pem`: what phones trust, and what vouches for the admin API. */
  readonly capfCertificate: string;
  /** How its database is reached, as docs/tftp-builder-contract.md says. */
  readonly database: ClientConfig;
}

const program = fileURLToPath(new URL('../bin/opencapf.js', import.meta.url));

const onLoopback = {
  OPENCAPF_CAPF_HOST: '127.0.0.1',
  OPENCAPF_CAPF_PORT: '0',
  OPENCAPF_ADMIN_HOST: '127.0.0.1',
  OPENCAPF_ADMIN_PORT: '0',
  OPENCAPF_TFTP_HOST: '127.0.0.1',
  OPENCAPF_LOG_LEVEL: 'warn',
} as const;

/**
 * Starts a service on loopback in a temporary directory. Disposing of it stops it and removes the directory.
 *
 * Rejects with what it printed when it ends before it is ready.
 */
export async function startPrivateService(options: PrivateServiceOptions = {}): Promise<PrivateService> {
  const { settings = {}, databaseUrl, environment = process.env } = options;
  const home = await mkdtemp(join(tmpdir(), 'opencapf-private-'));
  // As root the embedded server runs as another user, who must be able to pass.
  await chmod(home, 0o755);
  const dataDir = join(home, 'data');
  const token = randomBytes(24).toString('base64url');
  const child = spawn(process.execPath, [program, 'serve'], {
    cwd: '/',
    env: {
      ...withoutSettings(environment),
      ...onLoopback,
      OPENCAPF_DATA_DIR: dataDir,
      OPENCAPF_ADMIN_TOKEN: token,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  try {
    const { admin, capf, files } = await readAddresses(child, ended);
    return {
      pid: child.pid ?? 0,
      dataDir,
      capf,
      files,
      admin,
      token,
      capfCertificate: await readFile(join(dataDir, 'capf.pem'), 'utf8'),
      database: databaseUrl === undefined ? await embeddedDatabase(dataDir) : { connectionString: databaseUrl },
      [Symbol.asyncDispose]: stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

/** The start report names them, and ends with what to type next. */
async function readAddresses(
  child: ChildProcess,
  ended: Promise<void>,
): Promise<Pick<PrivateService, 'admin' | 'capf' | 'files'>> {
  let printed = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (/^Next/m.test(printed)) resolve();
    });
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = `${complaints}${chunk.toString()}`.slice(-10_000);
  });
  await Promise.race([ready, ended]);
  const [, host, port] = /phones +TLS (\S+):(\d+)/.exec(printed) ?? [];
  const [, admin] = /admin +(https?:\/\/\S+)/.exec(printed) ?? [];
  if (host === undefined || admin === undefined) {
    throw new Error(`The private service did not start: ${printed}${complaints}`);
  }
  const http = /files +HTTP \S+:(\d+)/.exec(printed)?.[1];
  const tftp = /^ +TFTP \S+:(\d+)/m.exec(printed)?.[1];
  const files = http === undefined || tftp === undefined ? undefined : { http: Number(http), tftp: Number(tftp) };
  return { admin, capf: { host, port: Number(port) }, files };
}

async function embeddedDatabase(dataDir: string): Promise<ClientConfig> {
  const place = join(dataDir, 'postgres');
  const [, , , , host = ''] = (await readFile(join(place, 'postmaster.pid'), 'utf8')).split('\n');
  const password = (await readFile(join(place, 'opencapf.password'), 'utf8')).trim();
  return { host, port: 5432, user: 'opencapf', database: 'opencapf', password };
}

/** Without what somebody has set for a service of their own. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => name !== 'DATABASE_URL' && (!name.startsWith('OPENCAPF_') || name.startsWith('OPENCAPF_TEST_')),
  );
  return Object.fromEntries(kept);
}
