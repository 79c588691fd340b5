import { readFileSync } from 'node:fs';
import {
  checkSecretKey,
  settings as declarations,
  ensureAdministratorToken,
  loadSecretKey,
  readSettings,
  readStoredSettings,
  resolveSettings,
  type SettingValues,
} from '@opencapf/store';
import { makeAdminServer, type Readiness } from './admin-listener.js';
import { adminTlsIdentity } from './admin-tls.js';
import { startAuditJobs } from './audit-jobs.js';
import type { Configuration } from './configuration.js';
import { openDataDirectory } from './data-directory.js';
import { openDatabase, type ServiceDatabase } from './database.js';
import { loadIdentity, writeCapfCertificate } from './identity.js';
import { addressText, listen } from './listen.js';
import type { Logger } from './log.js';
import { startPhoneService } from './phone-service.js';
import type { StartReport } from './start-report.js';
import { loadTrustFiles } from './trust-files.js';

/** A running service. */
export interface Service {
  /** Ends sessions, listeners and the embedded database, in the reverse order of the start. May be called twice. */
  stop(): Promise<void>;
}

/** What a start is given beside its settings. */
export interface ServiceSurroundings {
  readonly log: Logger;
  readonly report: StartReport;
  /** Gives up a start that is under way. */
  readonly signal: AbortSignal;
}

/**
 * Starts the service.
 *
 * @throws ServerError, StoreError: what keeps it from starting; what had been started is stopped again
 */
export async function startService(configuration: Configuration, surroundings: ServiceSurroundings): Promise<Service> {
  const started: (() => void | Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      for (const undo of started.reverse()) await undo();
    })();
    return stopped;
  };
  try {
    await startInOrder(configuration, surroundings, (undo) => started.push(undo));
    return { stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

async function startInOrder(
  { given, bootstrap }: Configuration,
  { log, report, signal }: ServiceSurroundings,
  undoWith: (undo: () => void | Promise<void>) => void,
): Promise<void> {
  const directory = await openDataDirectory(bootstrap.dataDir);
  undoWith(() => directory.release());
  const dataDir = directory.path;

  const givenKey = await loadSecretKey(bootstrap.secretKey, dataDir);
  const opened = await openDatabase({ ...bootstrap, dataDir }, log, signal);
  undoWith(() => opened.stop());
  const { database } = opened;
  const secretKey = await checkSecretKey(database, givenKey);
  const settings = await completeSettings(opened, given);
  const retentionDays = settings.auditRetentionDays;
  undoWith(await startAuditJobs({ database, secretKey, dataDir, retentionDays, log }));

  const identity = await loadIdentity(database, secretKey, settings);
  const capfCertificate = await writeCapfCertificate(dataDir, identity);
  if (identity.created) {
    const { subject, notAfter } = identity.capf.certificate;
    report.made(`CAPF certificate ${subject}, valid until ${notAfter.toISOString().slice(0, 10)} (${capfCertificate})`);
  }

  await loadTrustFiles(bootstrap.capfTrustDir, database, log);

  const phones = await startPhoneService({ settings, database, secretKey, identity, version: version(), log });
  undoWith(() => phones.stop());
  // From here on a replacement of the key sees that this node lives: none can have begun before.
  await checkSecretKey(database, givenKey);

  const tls = await adminTlsIdentity(settings.adminTls, settings.adminHost, identity.capf);
  const admin = await makeAdminServer(tls, log, readiness(opened), {
    database,
    secretKey,
    givenToken: given.adminToken,
    capfCertificate: identity.capf.certificate.der,
    operationExpiresInDays: settings.operationExpiresInDays,
    nullStringExpiresInHours: settings.nullStringExpiresInHours,
    minRsaKeySize: settings.minRsaKeySize,
    version: version(),
  });
  await admin.ready();
  undoWith(() => admin.close());
  const adminAddress = await listen(admin.server, {
    host: settings.adminHost,
    port: settings.adminPort,
    hostSetting: declarations.adminHost.name,
    portSetting: declarations.adminPort.name,
  });

  const token = await ensureAdministratorToken(database, secretKey, given.adminToken);
  if (token !== undefined) report.token(token);
  signal.throwIfAborted();
  report.ready({
    version: version(),
    database: opened.description,
    capf: phones.address,
    legacy: phones.legacyAddress,
    admin: `${tls === undefined ? 'http' : 'https'}://${addressText(adminAddress)}`,
    capfCertificate,
  });
  log.info({ capf: phones.address, legacy: phones.legacyAddress, admin: adminAddress }, 'ready');
}

/** Settings that Postgres holds, overridden by what this node was given. */
async function completeSettings({ database }: ServiceDatabase, given: Configuration['given']): Promise<SettingValues> {
  const stored = Object.fromEntries(await readStoredSettings(database.queries));
  return resolveSettings(readSettings(stored, 'Postgres', true).values, given);
}

function readiness({ database }: ServiceDatabase): Readiness {
  return async () => {
    try {
      await database.queries.selectNoFrom((select) => select.lit(1).as('alive')).execute();
      return [];
    } catch {
      return ['PostgreSQL does not answer'];
    }
  };
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
