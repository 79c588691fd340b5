import { integer } from '../kinds.js';
import { setting } from './setting.js';

/** How long is kept what is over. */
export const retentionSettings = {
  auditRetentionDays: setting({
    name: 'OPENCAPF_AUDIT_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    unset: 'for ever',
    help: 'How long entries of the audit are kept. Once a day older ones are removed, behind a signed checkpoint.',
  }),
} as const;
