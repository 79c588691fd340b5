import { type Kysely, type Migration, sql } from 'kysely';

/**
 * An issuer that says nothing of the LSCs' validity and key usage follows the settings of the service, which were all that counted
 * so far. Older programs read both and use neither.
 */
export const issuerSettings: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statements).execute(db);
  },
};

const statements = /* sql */ `
alter table opencapf_private.issuer
  alter column validity_days drop not null, alter column validity_days drop default,
  alter column ec_key_usage drop not null, alter column ec_key_usage drop default;
update opencapf_private.issuer set validity_days = null, ec_key_usage = null;
`;
