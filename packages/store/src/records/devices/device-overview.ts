import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { OperationState } from '../../database/tables.js';

/** A device as administrators see it, with what the contract shows, its last operation and its last session. */
export interface DeviceOverview {
  readonly name: string;
  readonly kind: 'phone' | 'softphone' | 'applicationUser' | 'endUser';
  readonly description: string;
  readonly model: string | null;
  readonly protocol: 'SIP' | 'SCCP' | null;
  readonly devicePool: string | null;
  readonly securityProfile: string | null;
  /** Certificate Issuer to Endpoint: the name of an authority; null: the default. */
  readonly certificateIssuer: string | null;
  readonly labels: readonly string[];
  /** The device's own word; null: as its security profile says. */
  readonly encryptedConfiguration: boolean | null;
  /** Whether its files are encrypted in the end. */
  readonly filesEncrypted: boolean;
  readonly resetRequired: boolean;
  readonly resetReason: string | null;
  readonly resetRequiredAt: Date | null;
  readonly lscGoneAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly certificate: ShownCertificate | null;
  readonly operation: LastOperation | null;
  readonly lastSession: LastSession | null;
}

/** The certificate that the contract shows. */
export interface ShownCertificate {
  readonly id: number;
  readonly type: 'LSC' | 'MIC';
  readonly md5hash: string;
  readonly publicKeyMd5: string;
  /** Lower-case hex. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LastOperation {
  readonly id: number;
  readonly kind: 'install' | 'delete' | 'troubleshoot';
  readonly state: OperationState;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly completesBy: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

export interface LastSession {
  readonly id: number;
  readonly remoteAddress: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

/** A row of {@link selectDevices}. */
export interface DeviceRow extends Omit<DeviceOverview, 'certificate' | 'operation' | 'lastSession'> {
  readonly lscId: number | null;
  readonly lscNotAfter: Date | null;
  readonly certificateId: number | null;
  readonly certificateType: ShownCertificate['type'];
  readonly md5hash: string;
  readonly publicKeyMd5: string;
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly operationId: number | null;
  readonly operationKind: LastOperation['kind'];
  readonly state: OperationState;
  readonly reasonCode: string | null;
  readonly operationReason: string | null;
  readonly completesBy: Date;
  readonly operationCreatedAt: Date;
  readonly operationEndedAt: Date | null;
  readonly sessionId: number | null;
  readonly remoteAddress: string;
  readonly sessionStartedAt: Date;
  readonly sessionEndedAt: Date | null;
  readonly sessionOutcome: string | null;
  readonly sessionReason: string | null;
}

/** The device of this name, exactly. */
export async function readDevice(database: Database, name: string): Promise<DeviceOverview | undefined> {
  const { rows } = await selectDevices(sql`opencapf_private.device d`, [sql`d.name = ${name}`], sql`d.name`, 1).execute(
    database.queries,
  );
  return rows[0] && deviceOverview(rows[0]);
}

/**
 * Devices in an order.
 *
 * @param source - what gives the table of devices the name `d`
 * @param where - further names: `o` the last operation, `s` the last session, `c` the certificate shown, `i` the installed LSC, `a` the authority of its own
 */
export function selectDevices(
  source: RawBuilder<unknown>,
  where: readonly RawBuilder<unknown>[],
  order: RawBuilder<unknown>,
  limit: number,
): RawBuilder<DeviceRow> {
  const filter = where.length === 0 ? sql`true` : sql.join(where, sql` and `);
  return sql<DeviceRow>`
    select d.name, d.kind, d.description, d.model, d.protocol, d.device_pool as "devicePool",
      d.security_profile as "securityProfile", a.name as "certificateIssuer", d.labels, d.encrypted_configuration as "encryptedConfiguration",
      coalesce(d.encrypted_configuration,
        (select p.encrypted_configuration from opencapf_private.security_profile p where p.name = d.security_profile), false) as "filesEncrypted",
      d.reset_required as "resetRequired", d.reset_reason as "resetReason", d.reset_required_at as "resetRequiredAt",
      d.lsc_gone_at as "lscGoneAt", d.created_at as "createdAt", d.updated_at as "updatedAt",
      i.id as "lscId", i.not_after as "lscNotAfter",
      c.id as "certificateId", c.type as "certificateType", c.md5hash, c.public_key_md5 as "publicKeyMd5",
      encode(c.serial, 'hex') as serial, c.subject, c.issuer, c.not_before as "notBefore", c.not_after as "notAfter",
      o.id as "operationId", o.kind as "operationKind", o.state, o.reason_code as "reasonCode",
      o.reason as "operationReason", o.completes_by as "completesBy", o.created_at as "operationCreatedAt",
      o.ended_at as "operationEndedAt",
      s.id as "sessionId", host(s.remote_address) as "remoteAddress", s.started_at as "sessionStartedAt",
      s.ended_at as "sessionEndedAt", s.outcome as "sessionOutcome", s.reason as "sessionReason"
    from ${source}
    left join opencapf_private.certificate c on c.id = d.published_certificate_id
    left join opencapf_private.certificate i on i.id = d.lsc_certificate_id
    left join opencapf_private.issuer a on a.id = d.issuer_id
    left join lateral (
      select * from opencapf_private.operation p where p.device_id = d.id order by p.id desc limit 1) o on true
    left join lateral (
      select * from opencapf_private.session t where t.device_id = d.id order by t.id desc limit 1) s on true
    where ${filter}
    order by ${order}
    limit ${limit}`;
}

/** A row as administrators see it. */
export function deviceOverview(row: DeviceRow): DeviceOverview {
  return {
    name: row.name,
    kind: row.kind,
    description: row.description,
    model: row.model,
    protocol: row.protocol,
    devicePool: row.devicePool,
    securityProfile: row.securityProfile,
    certificateIssuer: row.certificateIssuer,
    labels: row.labels,
    encryptedConfiguration: row.encryptedConfiguration,
    filesEncrypted: row.filesEncrypted,
    resetRequired: row.resetRequired,
    resetReason: row.resetReason,
    resetRequiredAt: row.resetRequiredAt,
    lscGoneAt: row.lscGoneAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    certificate: row.certificateId === null ? null : shownCertificate(row, row.certificateId),
    operation: row.operationId === null ? null : lastOperation(row, row.operationId),
    lastSession: row.sessionId === null ? null : lastSession(row, row.sessionId),
  };
}

function shownCertificate(row: DeviceRow, id: number): ShownCertificate {
  const { certificateType: type, md5hash, publicKeyMd5, serial, subject, issuer, notBefore, notAfter } = row;
  return { id, type, md5hash, publicKeyMd5, serial, subject, issuer, notBefore, notAfter };
}

function lastOperation(row: DeviceRow, id: number): LastOperation {
  return {
    id,
    kind: row.operationKind,
    state: row.state,
    reasonCode: row.reasonCode,
    reason: row.operationReason,
    completesBy: row.completesBy,
    createdAt: row.operationCreatedAt,
    endedAt: row.operationEndedAt,
  };
}

function lastSession(row: DeviceRow, id: number): LastSession {
  return {
    id,
    remoteAddress: row.remoteAddress,
    startedAt: row.sessionStartedAt,
    endedAt: row.sessionEndedAt,
    outcome: row.sessionOutcome,
    reason: row.sessionReason,
  };
}
