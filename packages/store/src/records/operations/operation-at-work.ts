import type { Selectable } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { OperationTable } from '../../database/tables-device.js';
import { endingOfSession, type SessionBeginning, type SessionEnding, sessionFacts } from '../sessions/session-facts.js';

type Operation = Selectable<OperationTable>;

/** An operation that a device's next session may work on. */
export interface OpenOperation {
  readonly id: number;
  readonly kind: Operation['kind'];
  readonly authenticationMode: Operation['authentication_mode'];
  /** See `openAuthenticationString`. */
  readonly sealedString: Buffer | undefined;
  /** Of a null string: networks in CIDR form that the phone must come from; undefined for anywhere. */
  readonly allowedNetworks: readonly string[] | undefined;
  readonly keyOrder: Operation['key_order'];
  /** Bits. */
  readonly rsaKeySize: number;
  /** Bits. */
  readonly ecKeySize: number;
  readonly completesBy: Date;
  /** Whether a session works on it, or did when its node was lost. */
  readonly inProgress: boolean;
}

/** A device as a session meets it. */
export interface KnownDevice {
  readonly id: number;
  readonly name: string;
  readonly operation: OpenOperation | undefined;
  /** Certificate Issuer to Endpoint of the device, else of its security profile, else the default; undefined when there is none. */
  readonly issuer: number | undefined;
  /** Changes with everything that authorities are made from. */
  readonly authorityVersion: number;
  /** The number of a probe that waits for it. */
  readonly probe: number | undefined;
}

interface DeviceRow {
  readonly probe_id: number | null;
  readonly device_id: number;
  readonly name: string;
  readonly issuer_id: number | null;
  readonly authority_version: number;
  readonly operation_id: number | null;
  readonly kind: OpenOperation['kind'];
  readonly authentication_mode: OpenOperation['authenticationMode'];
  readonly authentication_string: Buffer | null;
  readonly allowed_networks: readonly string[] | null;
  readonly key_order: OpenOperation['keyOrder'];
  readonly rsa_key_size: number;
  readonly ec_key_size: number;
  readonly completes_by: Date;
  readonly state: Operation['state'];
}

/** The device of this name, exactly, with the operation that is queued for it. */
export async function findDevice(database: Database, name: string): Promise<KnownDevice | undefined> {
  const { rows } = await database.prepared<DeviceRow>(
    'find-device',
    `select d.id as device_id, d.name, o.id as operation_id, o.kind, o.authentication_mode, o.authentication_string,
       o.allowed_networks::text[] as allowed_networks, o.key_order, o.rsa_key_size, o.ec_key_size, o.completes_by, o.state,
       coalesce(d.issuer_id, (select q.issuer_id from opencapf_private.security_profile q where q.name = d.security_profile),
         (select i.id from opencapf_private.issuer i where i.is_default)) as issuer_id,
       (select v.version from opencapf_private.authority_version v) as authority_version,
       (select p.id from opencapf_private.probe p where p.device_id = d.id and p.state = 'pending') as probe_id
     from opencapf_private.device d
     left join opencapf_private.operation o
       on o.device_id = d.id and o.state in ('pending', 'inProgress', 'waitingForAuthority')
     where d.name = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const device = {
    id: row.device_id,
    name: row.name,
    issuer: row.issuer_id ?? undefined,
    authorityVersion: row.authority_version,
    probe: row.probe_id ?? undefined,
  };
  if (row.operation_id === null) return { ...device, operation: undefined };
  const operation: OpenOperation = {
    id: row.operation_id,
    kind: row.kind,
    authenticationMode: row.authentication_mode,
    sealedString: row.authentication_string ?? undefined,
    allowedNetworks: row.allowed_networks ?? undefined,
    keyOrder: row.key_order,
    rsaKeySize: row.rsa_key_size,
    ecKeySize: row.ec_key_size,
    completesBy: row.completes_by,
    inProgress: row.state === 'inProgress',
  };
  return { ...device, operation };
}

/**
 * Takes an operation for a session that has authenticated, away from an older session if there is one, and takes back
 * the wish for a reset.
 *
 * @returns the session's id; undefined when the operation has ended meanwhile, and nothing was recorded
 */
export async function beginOperation(
  database: Database,
  operation: number,
  beginning: SessionBeginning,
): Promise<number | undefined> {
  const { rows } = await database.prepared<{ id: number | null }>(
    'begin-operation',
    'select opencapf_private.begin_operation($1, $2) as id',
    [operation, sessionFacts(beginning)],
  );
  return rows[0]?.id ?? undefined;
}

/** An operation and the session that works on it. */
export interface OperationAtWork {
  readonly operation: number;
  readonly session: number;
}

/** Why an operation failed or waits for another attempt: a code, and words for an administrator. */
export interface Cause {
  readonly code: string;
  readonly words: string;
}

/**
 * Fails an operation, with its session and the audit.
 *
 * @returns false when another session works on it now, or it has ended; then nothing was recorded
 */
export async function failOperation(
  database: Database,
  { operation, session }: OperationAtWork,
  { code, words }: Cause,
  ending: SessionEnding,
  report?: object,
): Promise<boolean> {
  return await confirmed(
    database,
    'fail-operation',
    `select opencapf_private.finish_operation($1, $2, 'failed', $3, $4, $5, $6, 'operation.fail', '{}') as done`,
    [operation, session, code, words, report && JSON.stringify(report), endingOfSession(ending)],
  );
}

/** A troubleshoot that has found out; returns as {@link failOperation}. @param report - what was found */
export async function finishTroubleshoot(
  database: Database,
  { operation, session }: OperationAtWork,
  words: string,
  report: object,
  ending: SessionEnding,
): Promise<boolean> {
  return await confirmed(
    database,
    'finish-troubleshoot',
    `select opencapf_private.finish_operation($1, $2, 'successful', null, $3, $4, $5, 'lsc.troubleshoot', '{}') as done`,
    [operation, session, words, JSON.stringify(report), endingOfSession(ending)],
  );
}

/**
 * The phone has no LSC any more: the one on record is deleted, the contract falls back to the MIC, else to nothing.
 * Returns as {@link failOperation}.
 */
export async function finishDelete(
  database: Database,
  { operation, session }: OperationAtWork,
  words: string,
  ending: SessionEnding,
): Promise<boolean> {
  return await confirmed(database, 'finish-delete', 'select opencapf_private.finish_delete($1, $2, $3, $4) as done', [
    operation,
    session,
    words,
    endingOfSession(ending),
  ]);
}

/** A certificate that went to the phone, and when. */
export interface SentCertificate {
  readonly certificate: number;
  readonly sentAt: Date;
}

/**
 * The phone said that it stored the certificate: it is installed, the older one superseded, the contract shows it, the
 * operation is successful. Returns as {@link failOperation}.
 */
export async function finishInstall(
  database: Database,
  { operation, session }: OperationAtWork,
  { certificate, sentAt }: SentCertificate,
  ending: SessionEnding,
): Promise<boolean> {
  return await confirmed(
    database,
    'finish-install',
    'select opencapf_private.finish_install($1, $2, $3, $4, $5) as done',
    [operation, session, certificate, sentAt, endingOfSession(ending)],
  );
}

/**
 * Lets an operation wait for the phone's next session, or for the authority elsewhere that was asked for a certificate and has
 * not answered; the cause stays readable. A certificate that was sent stays issued and is not installed. Does nothing to an
 * operation that another session works on.
 */
export async function releaseOperation(
  database: Database,
  { operation, session }: OperationAtWork,
  { code, words }: Cause,
  sent: SentCertificate | undefined,
  ending: SessionEnding,
): Promise<void> {
  await database.prepared(
    'release-operation',
    'select opencapf_private.release_operation($1, $2, $3, $4, $5, $6, $7)',
    [operation, session, code, words, sent?.certificate, sent?.sentAt, endingOfSession(ending)],
  );
}

async function confirmed(
  database: Database,
  name: string,
  statement: string,
  values: readonly unknown[],
): Promise<boolean> {
  const { rows } = await database.prepared<{ done: boolean }>(name, statement, values);
  return rows[0]?.done === true;
}
