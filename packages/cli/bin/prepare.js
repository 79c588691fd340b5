// Installs and builds the workspace when it is out of date. Plain JavaScript without dependencies: it runs before both.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const buildStamp = join(root, 'node_modules', '.opencapf-build');

/** Ends the process with one clear line when this Node cannot run OpenCAPF. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(`opencapf: Node 20.19 or newer is needed, this is ${process.versions.node}\n`);
  process.exit(1);
}

/** Installs the packages of package-lock.json and builds, unless that has been done for just these files. */
export async function prepare() {
  requireNode();
  const release = await workspaceLock();
  try {
    if (!isInstalled()) {
      run('Installing packages', process.platform === 'win32' ? 'npm.cmd' : 'npm', [
        'ci',
        '--ignore-scripts',
        '--include=dev',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
      ]);
    }
    // Beside size and time of every source file, the lock file: it decides which compiler and which types are used.
    const sources = hash(JSON.stringify(sourceFiles()));
    if (!existsSync(buildStamp) || readFileSync(buildStamp, 'utf8') !== sources) {
      run('Building', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
      writeFileSync(buildStamp, sources);
    }
  } finally {
    release();
  }
}

/**
 * Whether what package-lock.json asks for is what npm has noted as installed. A package for another platform is optional and
 * may be missing; npm writes its note last, so a broken-off install has none.
 */
function isInstalled() {
  const modules = join(root, 'node_modules');
  const note = join(modules, '.package-lock.json');
  if (!existsSync(note) || !existsSync(join(modules, '.bin', 'opencapf'))) return false;
  const installed = JSON.parse(readFileSync(note, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, link, optional }]) =>
      path in installed ? link || installed[path].version === version : optional === true,
    );
}

function hash(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** Every file that the build reads, with size and time of change. */
function sourceFiles() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  const files = [join(root, 'tsconfig.json'), join(root, 'package-lock.json')];
  for (const room of [...packages, join(root, 'test')]) {
    files.push(join(room, 'tsconfig.json'), join(room, 'package.json'));
    const sources = join(room, 'src');
    if (!existsSync(sources)) continue;
    for (const entry of readdirSync(sources, { recursive: true })) files.push(join(sources, String(entry)));
  }
  return files.filter(existsSync).map((file) => {
    const { size, mtimeMs } = statSync(file);
    return [file, size, mtimeMs];
  });
}

function run(what, command, args) {
  process.stderr.write(`opencapf: ${what} ...\n`);
  const started = Date.now();
  const { NODE_ENV: _, ...env } = process.env;
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (error !== undefined || status !== 0) {
    process.stderr.write(`opencapf: ${what} failed${error === undefined ? '' : `: ${error.message}`}; see above\n`);
    process.exit(1);
  }
  process.stderr.write(`opencapf: ${what} took ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/**
 * One install or build at a time in a clone, also when two services are started from it at once. The lock is a listening
 * socket without a file (Linux's abstract namespace): it dies with its process, and who waits is told by the closing.
 */
async function workspaceLock() {
  if (process.platform !== 'linux') return () => {};
  const name = `\0opencapf-prepare-${hash(root).slice(0, 32)}-${process.getuid()}`;
  for (;;) {
    const server = await new Promise((resolve) => {
      const held = new Set();
      const candidate = createServer((socket) => {
        held.add(socket);
        socket.on('error', () => held.delete(socket)).on('close', () => held.delete(socket));
      });
      candidate.once('error', () => resolve(undefined));
      candidate.listen(name, () => resolve({ candidate, held }));
    });
    if (server !== undefined) {
      return () => {
        server.candidate.close();
        for (const socket of server.held) socket.destroy();
      };
    }
    await new Promise((resolve) => {
      connect(name)
        .resume()
        .on('error', () => {})
        .on('close', resolve);
    });
  }
}
