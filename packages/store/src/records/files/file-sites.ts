import type { Database } from '../../database/connect.js';

/** How files are built, beside their devices. */
export interface FileSiteVersions {
  /** Changes with what plain files are built from. */
  readonly plain: string;
  /** Changes with what signed ones are built from, their signer apart. */
  readonly signed: string;
}

/** Takes note of how files are built from now on: those of other settings are old. Of nodes that differ the last one counts. */
export async function keepFileSite(database: Database, { plain, signed }: FileSiteVersions): Promise<void> {
  await database.prepared(
    'keep-file-site',
    `insert into opencapf_private.file_site as known (plain, signed) values ($1, $2)
     on conflict (only_row) do update set plain = excluded.plain, signed = excluded.signed, updated_at = now()
       where (known.plain, known.signed) <> (excluded.plain, excluded.signed)`,
    [plain, signed],
  );
}
