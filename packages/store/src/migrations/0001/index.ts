import { type Kysely, type Migration, sql } from 'kysely';
import { administration } from './administration.js';
import { audit } from './audit.js';
import { certificates } from './certificates.js';
import { contract } from './contract.js';
import { devices } from './devices.js';
import { enrolment } from './enrolment.js';
import { guessing } from './guessing.js';
import { identities } from './identities.js';
import { keySync } from './key-sync.js';
import { operations } from './operations.js';
import { proofs } from './proofs.js';
import { revocation } from './revocation.js';
import { sessions } from './sessions.js';
import { staleCertificates } from './stale-certificates.js';
import { upgrades } from './upgrades.js';

/**
 * The tables, in the schema `opencapf_private`, and the view `public.device`. The schema is not named "opencapf": a
 * database user of that name, as people will create, would find its `device` before the contract's.
 */
export const foundation: Migration = {
  async up(db: Kysely<unknown>) {
    for (const part of [
      upgrades,
      devices,
      operations,
      identities,
      certificates,
      sessions,
      audit,
      enrolment,
      guessing,
      proofs,
      keySync,
      administration,
      revocation,
      staleCertificates,
      contract,
    ]) {
      await sql.raw(part).execute(db);
    }
  },
};
