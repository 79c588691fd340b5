import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** How a service process is started. */
export interface ServiceOptions {
  readonly dataDir: string;
  /** Settings beside those that keep it on loopback and on ports of its own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** User id to run as; only root can choose. */
  readonly uid?: number;
  /** How many descriptors it may have. */
  readonly openFiles?: number;
}

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `opencapf serve` as a process, watched from outside. */
export class ServiceProcess implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';

  constructor(readonly options: ServiceOptions) {
    const { dataDir, settings = {}, uid, openFiles } = options;
    const command = [process.execPath, join(root, 'packages', 'cli', 'bin', 'opencapf.js'), 'serve'];
    // Runs the command in its own place, so that the process id is the service's.
    if (openFiles !== undefined) command.unshift('prlimit', `--nofile=${openFiles}:${openFiles}`);
    const [program = '', ...words] = command;
    this.process = spawn(program, words, {
      cwd: '/',
      env: { ...inherited(), ...loopbackSettings, OPENCAPF_DATA_DIR: dataDir, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString();
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (status, signal) => resolve({ status, signal }));
    });
  }

  /** What stands on standard output so far. */
  get out(): string {
    return this.#out;
  }

  /** What stands on standard error so far: log lines and complaints. */
  get err(): string {
    return this.#err;
  }

  /** Waits until the service says that it is ready; fails with what it printed when it ends instead. */
  async ready(): Promise<ListeningAt> {
    const told = new Promise<void>((resolve) => {
      const look = (): void => {
        if (/^Next/m.test(this.#out)) resolve();
      };
      this.process.stdout?.on('data', look);
      look();
    });
    const outcome = await Promise.race([told, this.ended]);
    if (outcome !== undefined) throw new Error(`the service ended before it was ready:\n${this.#out}${this.#err}`);
    const capf = /phones +TLS \S+:(\d+)/.exec(this.#out)?.[1];
    const admin = /admin +(https?:\/\/\S+)/.exec(this.#out)?.[1];
    if (capf === undefined || admin === undefined) throw new Error(`no addresses in:\n${this.#out}`);
    const http = /files +HTTP \S+:(\d+)/.exec(this.#out)?.[1];
    const https = /^ +HTTPS \S+:(\d+)/m.exec(this.#out)?.[1];
    const tftp = /^ +TFTP \S+:(\d+)/m.exec(this.#out)?.[1];
    return {
      capfPort: Number(capf),
      admin,
      ca: readFileSync(join(this.options.dataDir, 'capf.pem'), 'utf8'),
      filesPort: Number(http ?? 0),
      httpsPort: Number(https ?? 0),
      tftpPort: Number(tftp ?? 0),
    };
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.process.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill('SIGTERM');
  }
}

/** Where a ready service listens. */
export interface ListeningAt {
  readonly capfPort: number;
  readonly admin: string;
  /** `capf.pem`: whom to trust. */
  readonly ca: string;
  /** Of the servers of phones' files by HTTP, HTTPS and TFTP; 0 where they are not served. */
  readonly filesPort: number;
  readonly httpsPort: number;
  readonly tftpPort: number;
}

/** A directory for one test, gone with it. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'opencapf-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const loopbackSettings = {
  OPENCAPF_CAPF_HOST: '127.0.0.1',
  OPENCAPF_CAPF_PORT: '0',
  OPENCAPF_ADMIN_HOST: '127.0.0.1',
  OPENCAPF_ADMIN_PORT: '0',
  OPENCAPF_TFTP_HOST: '127.0.0.1',
} as const;

/** The runner's environment without settings that somebody has set for a service of their own. */
function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && name !== 'DATABASE_URL' && (!name.startsWith('OPENCAPF_') || name === 'OPENCAPF_TEST_RUN'),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
