import { AuditSigner, pruneAudit } from '@opencapf/store';
import { Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { withServiceStore } from './with-service-store.js';

const dayMs = 86_400_000;

/** `opencapf audit prune`: removes old entries behind a signed checkpoint. */
export function auditPruneCommand(surroundings: Surroundings): Command {
  return new Command('prune')
    .description('remove old entries, and leave a signed checkpoint where the audit now begins')
    .option('--before <time>', 'ISO 8601; without it, what OPENCAPF_AUDIT_RETENTION_DAYS says', moment)
    .addHelpText(
      'after',
      `
Reads and writes the database and the data directory itself, as "opencapf audit verify" does. The audit is verified
first: nothing of one that is not whole is removed.`,
    )
    .action(async ({ before }: { readonly before?: Date }) => {
      await withServiceStore(surroundings, async ({ database, secretKey, dataDir, settings }) => {
        const days = settings.auditRetentionDays;
        const until = before ?? (days === undefined ? undefined : new Date(Date.now() - days * dayMs));
        if (until === undefined) {
          process.exitCode = 1;
          process.stderr.write('opencapf: say --before, or set OPENCAPF_AUDIT_RETENTION_DAYS\n');
          return;
        }
        const author = { name: 'system' };
        const removed = await pruneAudit(database, new AuditSigner(secretKey), dataDir, until, author);
        process.stdout.write(`${removed} entries from before ${until.toISOString()} were removed\n`);
      });
    });
}

function moment(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError('It must be a date or a time in ISO 8601.');
  }
  return at;
}
