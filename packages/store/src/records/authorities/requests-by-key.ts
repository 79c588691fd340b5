import type { Database } from '../../database/connect.js';

/** What was asked for with a key. */
export interface RequestByKey {
  /** The id of what was intended. */
  readonly certificate: number;
  readonly deviceName: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** DER of the certificate that its authority signs LSCs with; null where nobody has said which. */
  readonly issuerCertificate: Buffer | null;
}

/**
 * The request to an authority elsewhere that was made for a key: one that has no certificate yet before one that has, the
 * newest first.
 *
 * @param publicKey - DER SubjectPublicKeyInfo.
 */
export async function findRequestByKey(database: Database, publicKey: Uint8Array): Promise<RequestByKey | undefined> {
  const { rows } = await database.prepared<RequestByKey>(
    'find-request-by-key',
    `select c.id as certificate, c.device_name as "deviceName", c.public_key as "publicKey",
       i.certificate as "issuerCertificate"
     from opencapf_private.certificate c
     join opencapf_private.authority_request r on r.certificate_id = c.id
     join opencapf_private.issuer i on i.id = r.issuer_id
     where c.public_key_sha256 = sha256($1)
     order by c.der is not null, c.id desc limit 1`,
    [Buffer.from(publicKey)],
  );
  return rows[0];
}
