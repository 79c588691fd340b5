import { readFileSync } from 'node:fs';
import { readServiceWarnings } from '@opencapf/admin-api';
import {
  checkSchemaNeeds,
  checkSecretKey,
  settings as declarations,
  ensureAdministratorToken,
  ensurePredefinedProfiles,
  forgetAllNodes,
  listCapfIdentities,
  loadSecretKey,
  readDatabaseClock,
  readSettings,
  readStoredSettings,
  resolveSettings,
  type SettingValues,
} from '@opencapf/store';
import { predefinedProfiles } from '@opencapf/tftp';
import { makeAdminServer } from './admin/admin-listener.js';
import { adminTlsIdentity } from './admin/admin-tls.js';
import { type PhoneFileService, startPhoneFileService } from './files/phone-file-service.js';
import { signingHash } from './files/signing-hash.js';
import type { Logger } from './log.js';
import { startAuditSigning } from './node/audit-signing.js';
import { sharedJobs } from './node/job-list.js';
import { NodeClock } from './node/node-clock.js';
import { startSharedJobs } from './node/shared-jobs.js';
import { thisNode } from './node/this-node.js';
import { startPhoneService } from './phones/phone-service.js';
import { addressText, listen } from './sockets/listen.js';
import type { Configuration } from './start/configuration.js';
import { openDataDirectory } from './start/data-directory.js';
import { openDatabase, type ServiceDatabase } from './start/database.js';
import { loadIdentity, type ServiceIdentity, subjectFields, writeCapfCertificate } from './start/identity.js';
import { watchIdentity } from './start/identity-watch.js';
import { Standing } from './start/standing.js';
import type { StartReport } from './start/start-report.js';
import { loadTrustFiles } from './start/trust-files.js';
import { startWorkers } from './workers/workers.js';

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
  // Nobody else can work on an embedded database: what nodes before this one left there is free at once.
  if (opened.embedded) await forgetAllNodes(database);
  const settings = await completeSettings(opened, given);
  undoWith(await startAuditSigning({ database, secretKey, dataDir, log }));

  const clock = new NodeClock(log);
  // Before anything is dated.
  await clock.compare(() => readDatabaseClock(database));
  const now = (): Date => clock.now();
  const identity = await loadIdentity(database, secretKey, settings, now);
  const writeCertificates = async (of: ServiceIdentity): Promise<string> => {
    const staged = (await listCapfIdentities(database)).filter(({ state }) => state === 'staged');
    return await writeCapfCertificate(dataDir, of, staged);
  };
  const capfCertificate = await writeCertificates(identity);
  if (identity.created) {
    const { subject, notAfter } = identity.capf.certificate;
    report.made(`CAPF certificate ${subject}, valid until ${notAfter.toISOString().slice(0, 10)} (${capfCertificate})`);
  }

  await loadTrustFiles(bootstrap.capfTrustDir, database, log);
  await ensurePredefinedProfiles(database, predefinedProfiles());

  const adminTls = async ({ capf, chain }: ServiceIdentity) =>
    await adminTlsIdentity(settings.adminTls, settings.adminHost, capf, now(), chain);
  const tls = await adminTls(identity);
  let current = identity;
  const { lscValidityDays } = settings;
  const signing = settings.tftp ? await signingHash(database, settings) : undefined;
  const overHttps = settings.tftpHttpsPort !== undefined;
  const phoneFiles = signing && { layout: settings.tftpLayout, hash: signing.hash, overHttps };
  let files: PhoneFileService | undefined;
  const standing = new Standing(database, async () => [
    ...(await readServiceWarnings({ database, secretKey, lscValidityDays, phoneFiles, now })),
    ...(signing?.warning === undefined ? [] : [signing.warning]),
    ...(files?.warnings() ?? []),
  ]);
  const { app: admin, useTls } = await makeAdminServer(tls, log, standing, {
    database,
    secretKey,
    givenToken: given.adminToken,
    capfCertificate: () => current.capf.certificate.der,
    operationExpiresInDays: settings.operationExpiresInDays,
    nullStringExpiresInHours: settings.nullStringExpiresInHours,
    minRsaKeySize: settings.minRsaKeySize,
    lscValidityDays,
    capfSubject: subjectFields(settings),
    metricsToken: settings.metricsToken,
    ...(phoneFiles === undefined
      ? {}
      : {
          phoneFiles,
          filesMayHaveChanged: () => files?.mayHaveChanged(),
          fileCounts: () => files?.counts() ?? [],
          fileWarnings: signing?.named ? [signing.named] : [],
        }),
    version: version(),
    now,
  });
  await admin.ready();
  // Before the phones' side, and so ended after it: who watches the service sees that it drains.
  undoWith(() => admin.close());
  const adminAddress = await listen(admin.server, {
    host: settings.adminHost,
    port: settings.adminPort,
    hostSetting: declarations.adminHost.name,
    portSetting: declarations.adminPort.name,
  });

  const load = async (): Promise<ServiceIdentity> => await loadIdentity(database, secretKey, settings, now);
  const use = async (found: ServiceIdentity): Promise<void> => {
    await writeCertificates(found);
    const isOther = !found.capf.certificate.der.every((octet, at) => octet === current.capf.certificate.der[at]);
    if (isOther && settings.adminTls === 'auto') useTls(await adminTls(found));
    current = found;
  };
  undoWith(watchIdentity({ database, log, load, identity, use }));

  const node = thisNode(version());
  const phones =
    settings.workers === 1
      ? await startPhoneService({ settings, database, secretKey, identity, node, clock, log })
      : await startWorkers({ settings, dataDir, database, connection: opened.connection, node, clock, log, signal });
  // Both at once: draining has one limit.
  undoWith(async () => void (await Promise.all([phones.stop(), files?.stop()])));
  if (signing !== undefined) {
    files = await startPhoneFileService({
      ...{ settings, database, secretKey, dataDir, now, log },
      capfPorts: { capf: phones.address.port, legacy: phones.legacyAddress?.port },
      directory: bootstrap.tftpFiles,
      hash: signing.hash,
    });
  }
  undoWith(() => standing.drains());
  // From here on a replacement of the key, and a migration that this version would not bear, see that this node lives: none
  // can have begun before.
  await checkSecretKey(database, givenKey);
  await checkSchemaNeeds(database);
  const jobs = sharedJobs({ database, secretKey, dataDir, nodeId: node.id, settings, phoneFiles, now, log });
  undoWith(await startSharedJobs({ database, nodeId: node.id, jobs, log }));

  const token = await ensureAdministratorToken(database, secretKey, given.adminToken);
  if (token !== undefined) report.token(token);
  signal.throwIfAborted();
  standing.serves(() => phones.problem());
  report.ready({
    version: version(),
    database: opened.description,
    capf: phones.address,
    legacy: phones.legacyAddress,
    files,
    admin: `${tls === undefined ? 'http' : 'https'}://${addressText(adminAddress)}`,
    capfCertificate,
  });
  for (const warning of await standing.warnings()) {
    const { code, message } = warning === signing?.warning ? (signing.named ?? warning) : warning;
    log.warn({ code }, message);
  }
  log.info(
    {
      ...{ capf: phones.address, legacy: phones.legacyAddress },
      ...{ http: files?.http, https: files?.https, tftp: files?.tftp, admin: adminAddress },
    },
    'ready',
  );
}

/** Settings that Postgres holds, overridden by what this node was given. */
async function completeSettings({ database }: ServiceDatabase, given: Configuration['given']): Promise<SettingValues> {
  const stored = Object.fromEntries(await readStoredSettings(database.queries));
  return resolveSettings(readSettings(stored, 'Postgres', true).values, given);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}
