import {
  type AuditFault,
  AuditSigner,
  auditFaults,
  auditHeadsPath,
  signAuditHeads,
  verifyAudit,
} from '@opencapf/store';
import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { withServiceStore } from './with-service-store.js';

/** `opencapf audit verify`: computes the audit anew and compares it with the signed heads. */
export function auditVerifyCommand(surroundings: Surroundings): Command {
  return new Command('verify')
    .description('find entries that were altered, removed, reordered or cut off')
    .option('--json', 'the verdict as JSON, for scripts')
    .addHelpText(
      'after',
      `
Reads the database and the data directory itself, whether or not the service runs: set OPENCAPF_DATA_DIR (and
DATABASE_URL, OPENCAPF_SECRET_KEY where the service has them). Exit status: 0 whole, 1 not, 2 could not be told.`,
    )
    .action(async ({ json }: { readonly json?: true }) => {
      await withServiceStore(surroundings, async ({ database, secretKey, dataDir }) => {
        const verdict = await verifyAudit(database, new AuditSigner(secretKey), dataDir);
        const { faults, entries, chains, signedAt } = verdict;
        process.exitCode = faults.length === 0 ? 0 : 1;
        const told = faults.map((fault) => `${sentence(fault)}\n`).join('');
        const counted = `${entries} entries in ${chains} chains, heads signed ${signedAt?.toISOString() ?? 'never'}`;
        const summary = faults.length === 0 ? `The audit is whole: ${counted}` : `The audit is NOT whole: ${counted}`;
        process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : `${told}${summary}\n`);
      });
    });
}

/** `opencapf audit sign`: signs the heads now, as the service does every minute. */
export function auditSignCommand(surroundings: Surroundings): Command {
  return new Command('sign')
    .description('sign the heads of the audit now, as the service does every minute')
    .action(async () => {
      await withServiceStore(surroundings, async ({ database, secretKey, dataDir }) => {
        await signAuditHeads(database, new AuditSigner(secretKey), dataDir);
        process.stdout.write(`${auditHeadsPath(dataDir)}\n`);
      });
    });
}

function sentence({ kind, chain, sequence }: AuditFault): string {
  const place = [
    ...(chain === undefined ? [] : [`chain ${chain}`]),
    ...(sequence === undefined ? [] : [`entry ${sequence}`]),
  ].join(', ');
  return place === '' ? auditFaults[kind] : `${place}: ${auditFaults[kind]}`;
}
