import { AuditSigner, type Database, type SecretKey, signAuditHeads } from '@opencapf/store';
import type { Logger } from '../log.js';
import { periodically } from './periodically.js';

/** What heads are signed with, and where they are written. */
export interface AuditSigningOptions {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly dataDir: string;
  readonly log: Logger;
}

const everyMs = 60_000;

/**
 * Signs the heads of the audit at once, then every minute and at the end, each node in its own data directory. What fails is
 * logged, and tried again the next time.
 *
 * @returns stops it, when what is under way is done
 */
export async function startAuditSigning(options: AuditSigningOptions): Promise<() => Promise<void>> {
  const { database, secretKey, dataDir, log } = options;
  const signer = new AuditSigner(secretKey);
  const sign = async (): Promise<void> => {
    try {
      await signAuditHeads(database, signer, dataDir);
    } catch (err) {
      log.error({ err }, 'the heads of the audit could not be signed');
    }
  };
  await sign();
  const stop = periodically(everyMs, sign);
  return async () => {
    await stop();
    await sign();
  };
}
