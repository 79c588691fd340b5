import { randomUUID } from 'node:crypto';
import { LocalAuthority, type OpenedAuthority } from '@opencapf/authority';
import {
  createCapfCertificate,
  createSigner,
  exportPkcs8,
  generateKeyPair,
  type Issuer,
  type KeyPair,
  type KeyType,
  loadIssuer,
} from '@opencapf/pki';
import { loadOrCreateIdentity, SecretKey, sealAuthenticationString } from '@opencapf/store';
import { type TestDatabase, testDatabase } from '@opencapf/store/testing';
import { Authorities } from '../authorities.js';
import { AuthorityRequests } from '../authority-requests/authority-requests.js';
import { LiveSessions } from '../live-sessions.js';
import { sharedAddresses } from '../phone-networks.js';
import type { Precedence } from '../precedence.js';
import { serveSession } from '../serve-session.js';
import type { EnrollmentServices } from '../services.js';
import { TrustedIssuers } from '../trusted-issuers.js';
import type { ScriptedPhone } from './scripted-phone.js';

/** When the tests take place. */
export const today = new Date('2026-11-20T18:00:00Z');

interface QueuedOperation {
  readonly kind?: 'install' | 'delete' | 'troubleshoot';
  /** Absent: null string. */
  readonly string?: string;
  /** Absent: as `string` says. */
  readonly mode?: Precedence;
  readonly keyOrder?: 'rsaOnly' | 'ecOnly' | 'ecPreferred';
  readonly rsaKeySize?: number;
  readonly ecKeySize?: number;
  readonly completesBy?: Date;
}

/** What the relation shows of a device. */
export interface ShownDevice {
  readonly md5hash: string | null;
  readonly public_key: Buffer | null;
  readonly certificate: Buffer | null;
  readonly certificate_type: string | null;
  readonly capf_auth_mode: number;
  readonly reset_required: boolean;
}

/** Everything that a session needs, on a database of the test's own. */
export interface Rig extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly issuer: Issuer;
  readonly services: EnrollmentServices & { readonly authorities: Authorities; readonly requests: AuthorityRequests };
  /** Opens authorities elsewhere, by their names. */
  readonly elsewhere: Map<string, OpenedAuthority>;
  /** What was logged as warnings and errors. */
  readonly logged: string[];
  /** SHA-256 of the anchors that vouched for a phone, lower-case hex, in their order. */
  readonly used: readonly string[];
  /** Moves the clock. */
  readonly setTime: (moment: Date) => void;
  /** Rows of a statement on schema `opencapf_private`, as the first column's name says. */
  rows<Row extends object>(statement: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
  addDevice(name: string): Promise<number>;
  queue(device: number, operation?: QueuedOperation): Promise<number>;
  serve(phone: ScriptedPhone, changes?: Partial<EnrollmentServices>): Promise<ScriptedPhone>;
  operation(id: number): Promise<{
    state: string;
    reason_code: string | null;
    reason: string | null;
    wrong_strings: number;
    authentication_string: Buffer | null;
    session_id: number | null;
    report: unknown;
  }>;
  lastSession(): Promise<{
    id: number;
    outcome: string | null;
    end_reason: number | null;
    reason: string | null;
    steps: { state: string }[];
    device_name: string;
    operation_id: number | null;
    ended_at: Date | null;
    capf_version: number;
    tls_version: string;
    remote_address: string;
  }>;
  shown(name: string): Promise<ShownDevice | undefined>;
}

let capfKeys: Promise<KeyPair> | undefined;

/** Keys for phones; RSA 1024 and P-256 are quickly made. */
export async function phoneKey(type: KeyType = { kind: 'rsa', size: 1024 }): Promise<Uint8Array> {
  return (await generateKeyPair(type)).spki;
}

export async function makeRig(): Promise<Rig> {
  const test = await testDatabase();
  const { database } = test;
  const secretKey = new SecretKey(Buffer.alloc(32, 7));
  capfKeys ??= generateKeyPair({ kind: 'rsa', size: 2048 });
  const pair = await capfKeys;
  const signer = createSigner(pair);
  const certificate = await createCapfCertificate(signer, { organization: 'Test' }, today);
  await loadOrCreateIdentity(database, secretKey, async () => ({
    certificate,
    publicKey: pair.spki,
    privateKey: exportPkcs8(pair.privateKey),
    algorithm: 'RSA 2048',
  }));
  const issuer = loadIssuer(certificate, signer);
  let now = today;
  const logged: string[] = [];
  const note = (_facts: object, message: string): void => void logged.push(message);
  const log = { info: () => undefined, warn: note, error: note };
  const used: string[] = [];
  const elsewhere = new Map<string, OpenedAuthority>();
  const here: OpenedAuthority = { authority: new LocalAuthority(issuer, { minRsaBits: 512 }), terms: undefined };
  const authorities = new Authorities({
    database,
    secretKey,
    open: async ({ kind, name }) => (kind === 'local' ? here : (elsewhere.get(name) ?? here)),
    log,
  });
  const nodeId = randomUUID();
  const requests = new AuthorityRequests({
    database,
    authorities,
    nodeId,
    log,
    clock: () => now,
    elapsed: () => performance.now(),
    random: () => 0,
  });
  const services = {
    database,
    secretKey,
    authorities,
    requests,
    nodeId,
    deadlines: { authentication: 1_000, keyGeneration: 1_000, store: 1_000, fetch: 1_000, delete: 1_000 },
    fetchMic: false,
    guessing: {
      mostForDevice: 5,
      mostDevices: 50,
      refusalMs: 15 * 60_000,
      fewestForOperation: 10,
      possibleForEachTry: 1000,
      isShared: sharedAddresses([]),
    },
    hideUnknownDevices: false,
    proofs: { requireSudi: 'whenAvailable', strictPrecedence: false, minRsaBits: 512 },
    trust: new TrustedIssuers(database, { count: (sha256) => void used.push(sha256) }, log),
    live: new LiveSessions(),
    knownEverywhere: async () => undefined,
    log,
    clock: () => now,
    elapsed: () => performance.now(),
  } satisfies EnrollmentServices;
  const rows = async <Row extends object>(statement: string, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    (await database.prepared<Row>('', statement, values)).rows;
  const one = async <Row extends object>(statement: string, ...values: readonly unknown[]): Promise<Row> => {
    const [row] = await rows<Row>(statement, ...values);
    if (row === undefined) throw new Error(`no row: ${statement}`);
    return row;
  };
  return {
    test,
    issuer,
    services,
    elsewhere,
    logged,
    used,
    setTime: (moment) => {
      now = moment;
    },
    rows,
    async addDevice(name) {
      const kind = name.startsWith('SEP') ? 'phone' : 'softphone';
      const { id } = await one<{ id: number }>(
        'insert into opencapf_private.device (name, kind) values ($1, $2) returning id',
        name,
        kind,
      );
      return id;
    },
    async queue(
      device,
      { kind = 'install', string, mode, keyOrder = 'rsaOnly', rsaKeySize = 1024, ecKeySize = 256, completesBy } = {},
    ) {
      const { id } = await one<{ id: number }>(
        `select nextval(pg_get_serial_sequence('opencapf_private.operation', 'id')) as id`,
      );
      await rows(
        `insert into opencapf_private.operation (id, device_id, device_name, kind, authentication_mode,
           authentication_string, key_order, rsa_key_size, ec_key_size, completes_by, created_by)
         select $1, id, name, $3, $4, $5, $6, $7, $8, $9, 'test' from opencapf_private.device where id = $2`,
        id,
        device,
        kind,
        mode ?? (string === undefined ? 'nullString' : 'authenticationString'),
        string === undefined ? null : sealAuthenticationString(secretKey, id, string),
        keyOrder,
        rsaKeySize,
        ecKeySize,
        completesBy ?? new Date(today.getTime() + 86_400_000),
      );
      await rows(
        `update opencapf_private.device set reset_required = true, reset_reason = 'queued', reset_required_at = now() where id = $1`,
        device,
      );
      return id;
    },
    async serve(phone, changes) {
      await serveSession(phone, { ...services, ...changes });
      return phone;
    },
    operation: async (id) =>
      await one(
        `select state, reason_code, reason, wrong_strings, authentication_string, session_id, report
         from opencapf_private.operation where id = $1`,
        id,
      ),
    lastSession: async () =>
      await one(
        `select id, outcome, end_reason, reason, steps, device_name, operation_id, ended_at, capf_version, tls_version,
           host(remote_address) as remote_address
         from opencapf_private.session order by id desc limit 1`,
      ),
    shown: async (name) => (await rows<ShownDevice>('select * from public.device where name = $1', name))[0],
    async [Symbol.asyncDispose]() {
      await requests.stop(0);
      await authorities.close();
      await test[Symbol.asyncDispose]();
    },
  };
}
