import { type Kysely, type Migration, sql } from 'kysely';
import { audit } from './audit.js';
import { certificates } from './certificates.js';
import { contract } from './contract.js';
import { devices } from './devices.js';
import { identities } from './identities.js';
import { operations } from './operations.js';
import { sessions } from './sessions.js';

/** The first schema, in the schema `opencapf`, and the view `public.device`. */
export const foundation: Migration = {
  async up(db: Kysely<unknown>) {
    for (const part of [devices, operations, identities, certificates, sessions, audit, contract]) {
      await sql.raw(part).execute(db);
    }
  },
};
