import { integer } from '../kinds.js';
import { setting } from './setting.js';

/** How long a queued operation stays open. */
export const operationSettings = {
  operationExpiresInDays: setting({
    name: 'OPENCAPF_OPERATION_EXPIRES_IN_DAYS',
    scope: 'stored',
    kind: integer(1, 365, 'days'),
    default: 10,
    help: 'How many days an operation is open that is queued without a time to complete by (CAPF Operation Expires in (days)).',
  }),
  nullStringExpiresInHours: setting({
    name: 'OPENCAPF_NULL_STRING_EXPIRES_IN_HOURS',
    scope: 'stored',
    kind: integer(1, 8760, 'hours'),
    default: 24,
    help: 'How many hours an operation by null string is open that is queued without a time to complete by: until then anybody who gives the name of the device gets its LSC.',
  }),
} as const;
