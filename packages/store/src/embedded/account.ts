import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { StoreError } from '../errors.js';

/** A user that the server's processes run as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const preferred = ['opencapf', 'postgres', 'nobody'];

/**
 * As root: the owner of the first of these paths that exists and is not root's, else the first user there is of
 * `opencapf`, `postgres` and `nobody`; PostgreSQL refuses to run as root. As anybody else: undefined, nothing to change.
 *
 * @throws StoreError `embedded-database-no-user`
 */
export async function chooseAccount(paths: readonly string[]): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const path of paths) {
    const owner = await stat(path).then(
      ({ uid }) => uid,
      () => 0,
    );
    if (owner === 0) continue;
    const account = await findAccount(String(owner));
    if (account === undefined) throw new StoreError('embedded-database-no-user', `${path} belongs to user id ${owner}`);
    return account;
  }
  for (const name of preferred) {
    const account = await findAccount(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new StoreError('embedded-database-no-user');
}

/**
 * initdb asks the passwd database who runs it, and gives up when nobody is found there.
 *
 * @throws StoreError `embedded-database-no-user`
 */
export function requireOwnAccount(): void {
  try {
    userInfo();
  } catch (cause) {
    throw new StoreError('embedded-database-no-user', `user id ${process.getuid?.() ?? 'unknown'}`, { cause });
  }
}

async function findAccount(key: string): Promise<Account | undefined> {
  const entries = await promisify(execFile)('getent', ['passwd', key]).then(
    ({ stdout }) => stdout,
    (fault: NodeJS.ErrnoException) => (fault.code === 'ENOENT' ? readFile('/etc/passwd', 'utf8') : ''),
  );
  for (const line of entries.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name !== undefined && (name === key || uid === key)) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
