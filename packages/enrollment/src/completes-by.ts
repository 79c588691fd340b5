import { EnrollmentError } from './errors.js';

const isoForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const seedForm = /^(\d{4})[\s:]+(\d\d?)[\s:]+(\d\d?)[\s:]+(\d\d?)$/;

/**
 * "Operation Completes By": ISO 8601 with `Z` or an offset, or the source documents' `YYYY:MM:DD:HH`, also with blanks
 * (ip-phone-security-and-ctl.md, "Install LSCs on Phones"), which means UTC here, since nodes may stand in several zones.
 *
 * @param given - Undefined: as long from now as an operation is open by default ("CAPF Operation Expires in (days)").
 * @param lifetime - That, in milliseconds.
 * @throws EnrollmentError `completes-by-malformed`, `completes-by-past`
 */
export function completesByTime(given: string | undefined, now: Date, lifetime: number): Date {
  if (given === undefined) return new Date(now.getTime() + lifetime);
  const moment = readMoment(given.trim());
  if (moment === undefined) throw new EnrollmentError('completes-by-malformed');
  if (moment <= now) throw new EnrollmentError('completes-by-past', moment.toISOString());
  return moment;
}

function readMoment(text: string): Date | undefined {
  const seed = seedForm.exec(text);
  if (seed !== null) {
    const [, year, month, date, hour] = seed.map(Number);
    return existingHour(year, month, date, hour);
  }
  const iso = isoForm.exec(text);
  if (iso === null) return undefined;
  const [, year, month, date, hour] = iso.map(Number);
  // Date.parse turns 30 February into 2 March where the calendar should say no.
  if (existingHour(year, month, date, hour) === undefined) return undefined;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

function existingHour(year = 0, month = 0, date = 0, hour = 0): Date | undefined {
  const moment = new Date(Date.UTC(year, month - 1, date, hour));
  const same =
    moment.getUTCFullYear() === year &&
    moment.getUTCMonth() === month - 1 &&
    moment.getUTCDate() === date &&
    moment.getUTCHours() === hour;
  return same ? moment : undefined;
}
