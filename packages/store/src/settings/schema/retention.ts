import { integer } from '../kinds.js';
import { setting } from './setting.js';

/** How long is kept what is over. */
export const retentionSettings = {
  sessionRetentionDays: setting({
    name: 'OPENCAPF_SESSION_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    default: 90,
    help: 'How long records of sessions are kept. The last one of a device, and those of operations on record, are kept for longer.',
  }),
  operationRetentionDays: setting({
    name: 'OPENCAPF_OPERATION_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    default: 365,
    help: 'How long operations are kept that have ended or expired. The last one of a device is kept for longer.',
  }),
  certificateRetentionDays: setting({
    name: 'OPENCAPF_CERTIFICATE_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    default: 365,
    help: 'How long LSCs that were issued here stay on record after their end, once a newer one has superseded them or the phone has deleted them. Revoked ones stay for ever.',
  }),
  fileFetchRetentionDays: setting({
    name: 'OPENCAPF_FILE_FETCH_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    default: 365,
    help: 'How long is remembered what a phone fetched last. Phones that have fetched nothing for longer count as gone: nobody waits for them to fetch a new trust list.',
  }),
  auditRetentionDays: setting({
    name: 'OPENCAPF_AUDIT_RETENTION_DAYS',
    scope: 'stored',
    kind: integer(1, 36_500, 'days'),
    unset: 'for ever',
    help: 'How long entries of the audit are kept. Once a day older ones are removed, behind a signed checkpoint.',
  }),
} as const;
