import { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { auditListCommand } from './audit-list.js';
import { auditPruneCommand } from './audit-prune.js';
import { auditSignCommand, auditVerifyCommand } from './audit-verify.js';

/** `opencapf audit ...`: who did what, and whether that record is whole. */
export function auditCommand(surroundings: Surroundings): Command {
  return new Command('audit')
    .description('read the audit, and find out whether anybody changed it')
    .addCommand(auditListCommand(surroundings))
    .addCommand(auditVerifyCommand(surroundings))
    .addCommand(auditSignCommand(surroundings))
    .addCommand(auditPruneCommand(surroundings));
}
