import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileCount, ServiceWarning } from '@opencapf/admin-api';
import { networkOf, plainAddress, sharedAddresses } from '@opencapf/enrollment';
import {
  currentTrustList,
  type Database,
  settings as declarations,
  fileLeaseMs,
  keepFileSite,
  keepHttpsServing,
  readDeviceFile,
  readFilesOnRecord,
  recordFetches,
  type SecretKey,
  type SettingValues,
  validLscOf,
} from '@opencapf/store';
import {
  CacheLease,
  createHttpFileServer,
  ensurePhoneFiles,
  type FileHash,
  fileServerIdentity,
  fileSigner,
  makeFileServer,
  openTftpServer,
  PhoneFiles,
  type ServerEvents,
  siteVersions,
  TftpError,
  type TftpServer,
  UnsignedFiles,
} from '@opencapf/tftp';
import { ServerError } from '../errors.js';
import type { Logger } from '../log.js';
import { descriptorLimit } from '../sockets/descriptor-table.js';
import { addressText, listen, listenFault } from '../sockets/listen.js';
import { subjectFields } from '../start/identity.js';
import { deviceFacts } from './device-facts.js';
import { FetchRecorder } from './fetch-recorder.js';
import { followFileChanges } from './file-changes.js';
import { FileLog } from './file-log.js';
import { type HttpsFiles, openHttpsFiles } from './https-files.js';
import { writeSignerFiles } from './signer-files.js';
import { UnbuildableFiles } from './unbuildable-files.js';

/** What phones' files are served with. */
export interface PhoneFileServiceOptions {
  readonly settings: SettingValues;
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly dataDir: string;
  /** Where phones reach CAPF here: the port that configurations name where none is given, and that of phones with old TLS. */
  readonly capfPorts: { readonly capf: number; readonly legacy: number | undefined };
  /** Directory of static files; absolute. */
  readonly directory: string | undefined;
  /** With what files are signed. */
  readonly hash: FileHash;
  readonly now: () => Date;
  readonly log: Logger;
}

/** The servers of phones' files. */
export interface PhoneFileService {
  readonly http: AddressInfo;
  /** Undefined where it is switched off. */
  readonly https: AddressInfo | undefined;
  /** Undefined where this user may not have its port. */
  readonly tftp: AddressInfo | undefined;
  /** An administrator may have changed something by this node: from now on nothing of before it is given here. */
  mayHaveChanged(): void;
  /** Files given and refused since the start. */
  counts(): readonly FileCount[];
  /** What somebody should look at. */
  warnings(): readonly ServiceWarning[];
  /** Takes no new requests, lets those under way finish for `OPENCAPF_DRAIN_TIMEOUT`, hangs up on what is left. */
  stop(): Promise<void>;
}

/** Transfers by TFTP at once; each has a socket. */
const mostTransfers = 1_000;
/** Connections by HTTP at once. */
const mostConnections = 4_000;
/** The part of them that one address may have: many phones may come from one, and yet one alone must not keep all others out. */
const shareOfAddress = 1 / 4;
/** The part of the process's descriptors that each server may take at most: CAPF comes first. */
const shareOfDescriptors = 1 / 4;
/** Until a TFTP packet is sent again, and how long a silent HTTP connection is kept, in milliseconds. */
const tftpTimeoutMs = 1_000;
const httpPatienceMs = 30_000;

/**
 * Makes what signs files if it is not there, and serves files over HTTP and TFTP, and over HTTPS where that is switched on. One process of a node does, also under workers: what
 * it costs is little beside what CAPF does, and what it keeps is kept once. Where no trust list can be written of what is on record, the
 * one before stays in service; `/readyz` warns of it.
 *
 * @throws ServerError `files-over-https-unusable`; `listen-failed`, unless only the TFTP port needs a right that this user lacks: phones ask by HTTP first
 * @throws StoreError `sealed-value-unreadable`
 */
export async function startPhoneFileService(options: PhoneFileServiceOptions): Promise<PhoneFileService> {
  const { settings, database, secretKey, dataDir, capfPorts, directory, hash, now, log } = options;
  const layout = settings.tftpLayout;
  const site = { hash, layout, capfServers: settings.capfServers, capfPorts };
  const httpsPort = settings.tftpHttpsPort;
  if (httpsPort !== undefined && layout !== 'usecallmanager') {
    const [portName, layoutName] = [declarations.tftpHttpsPort.name, declarations.tftpLayout.name];
    throw new ServerError('files-over-https-unusable', `${portName} needs ${layoutName}=usecallmanager`);
  }
  const subject = subjectFields(settings);
  await keepHttpsServing(database, secretKey, httpsPort !== undefined, () => makeFileServer(subject, now()));
  try {
    await ensurePhoneFiles(database, secretKey, { layout, hash }, subject, now(), 'start');
  } catch (err) {
    // CAPF, and phones that have a list, do not need another one.
    if (!(err instanceof TftpError)) throw err;
    log.error({ err }, 'no trust list can be written of what is on record: phones are served the one before, if any');
  }
  await writeSignerFiles(database, dataDir);
  await keepFileSite(database, siteVersions(site));
  const lease = new CacheLease(fileLeaseMs);
  const files = new PhoneFiles({
    lease,
    site: {
      signer: async () => {
        const signer = await fileSigner(database, secretKey, 'tftp');
        if (signer === undefined) throw new ServerError('file-signer-missing', 'nobody signs files');
        return signer;
      },
      ...site,
      random: randomBytes,
      now,
    },
    facts: async (device) => deviceFacts(await readDeviceFile(database, secretKey, device)),
    trustList: async (kind) => await currentTrustList(database, kind),
    onRecord: async (devices) => await readFilesOnRecord(database, devices),
    directory,
    keptBytes: settings.tftpCache * 1024 * 1024,
  });
  const fileLog = new FileLog(log);
  const recorder = new FetchRecorder(async (fetches) => await recordFetches(database, fetches), log);
  const unbuildable = new UnbuildableFiles(now);
  const events: ServerEvents = {
    served(file, peer) {
      fileLog.served(file, peer);
      unbuildable.served(file.name);
      if (file.fetched !== undefined)
        recorder.add({ ...file.fetched, address: plainAddress(peer.address) || undefined, at: now() });
    },
    refused(code, name, peer, detail) {
      fileLog.refused(code, name, peer, detail);
      unbuildable.refused(code, name);
    },
    failed: (err, name, peer) => fileLog.failed(err, name, peer),
  };
  let renewing = Promise.resolve();
  // One after the other: two would write the same files.
  const renewSigners = (): void => {
    renewing = renewing.then(async () => {
      try {
        await writeSignerFiles(database, dataDir);
      } catch (err) {
        log.warn({ err }, 'tftp.pem and sast.pem could not be written');
      }
    });
  };
  const changes = followFileChanges(database, files, lease, renewSigners, log);
  const limit = Math.floor(descriptorLimit() * shareOfDescriptors);
  const isShared = sharedAddresses(settings.trustedProxies ?? []);
  const countedAs = (address: string) => (isShared(address) ? undefined : networkOf(address));
  const perAddress = (most: number) => ({ most: Math.max(1, Math.floor(most * shareOfAddress)), countedAs });
  const connections = Math.min(mostConnections, limit);
  const bounds = { connections, perAddress: perAddress(connections), patienceMs: httpPatienceMs };
  const http = createHttpFileServer(files, events, bounds);
  let https: HttpsFiles | undefined;
  let tftp: TftpServer | undefined;
  const stop = async (): Promise<void> => {
    const drainMs = settings.drainTimeout * 1000;
    await Promise.all([closeHttp(http, drainMs), https?.stop(drainMs), tftp?.stop(drainMs)]);
    await changes.stop();
    await renewing;
    await recorder.stop();
  };
  try {
    const place = { host: settings.tftpHost, hostSetting: declarations.tftpHost.name, ipMode: settings.ipMode };
    const httpAddress = await listen(http, {
      ...place,
      port: settings.tftpHttpPort,
      portSetting: declarations.tftpHttpPort.name,
    });
    if (httpsPort !== undefined) https = await openHttps(httpsPort);
    const tftpProblem = await openTftp().then(
      (opened) => {
        tftp = opened;
        return undefined;
      },
      (fault: unknown) => needsPrivileges(fault),
    );
    if (tftpProblem !== undefined) log.warn(tftpProblem);
    return {
      http: httpAddress,
      https: https?.address,
      tftp: tftp?.address,
      mayHaveChanged: () => lease.mayHaveChanged(),
      counts: () => fileLog.counts(),
      warnings: () => [
        ...(tftpProblem === undefined ? [] : [{ code: 'tftp-port-closed', message: tftpProblem } as const]),
        ...(changes.heard
          ? []
          : [
              {
                code: 'file-changes-unheard',
                message:
                  "Postgres announces no changes of phones' files to this node: they are right, and tftp.pem and sast.pem may be those of before.",
              } as const,
            ]),
        ...unbuildable.warnings(),
      ],
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }

  async function openHttps(port: number): Promise<HttpsFiles> {
    const identity = await fileServerIdentity(database, secretKey);
    if (identity === undefined) throw new ServerError('file-signer-missing', 'nobody serves files over HTTPS');
    const unsigned = new UnsignedFiles({ files, lscOf: async (device) => await validLscOf(database, device) });
    return await openHttpsFiles({ settings, port, identity, files: unsigned, events, bounds, log });
  }

  async function openTftp(): Promise<TftpServer> {
    const { ipMode, tftpPort: port } = settings;
    const transfers = Math.min(mostTransfers, limit);
    const server = { port, mostTransfers: transfers, perAddress: perAddress(transfers), timeoutMs: tftpTimeoutMs };
    const host = settings.tftpHost ?? (ipMode === 'ipv4' ? '0.0.0.0' : '::');
    try {
      return await openTftpServer(files, events, { ...server, host, ipv6Only: ipMode === 'ipv6' });
    } catch (fault) {
      const { code } = fault as NodeJS.ErrnoException;
      const isAbsent = settings.tftpHost === undefined && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL');
      if (!isAbsent || ipMode === 'ipv6') throw fault;
      return await openTftpServer(files, events, { ...server, host: '0.0.0.0' });
    }
  }

  /** What to say where only a right is missing. @throws ServerError `listen-failed` of whatever else is in the way */
  function needsPrivileges(fault: unknown): string {
    const { code } = fault as NodeJS.ErrnoException;
    const place = { host: settings.tftpHost, port: settings.tftpPort };
    if (code !== 'EACCES' && code !== 'EPERM') {
      const setting = { hostSetting: declarations.tftpHost.name, portSetting: declarations.tftpPort.name };
      throw listenFault(fault, { ...place, ...setting });
    }
    const where = addressText({ address: place.host ?? '::', port: place.port });
    return `${declarations.tftpPort.name}: this user may not have UDP port ${place.port} (${where}), so that files are served by HTTP only; give the right (CAP_NET_BIND_SERVICE), or set a port above 1023 and redirect to it`;
  }
}

/** Answers under way may finish. */
async function closeHttp(server: Server, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(late);
}
