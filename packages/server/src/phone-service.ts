import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { LocalAuthority } from '@opencapf/authority';
import { type Deadlines, LiveSessions, SessionNumbers } from '@opencapf/enrollment';
import {
  type Database,
  settings as declarations,
  reserveSessionNumbers,
  type SecretKey,
  type SettingValues,
  sessionNumberBlock,
} from '@opencapf/store';
import { type CapfListener, openCapfListener } from './capf-listener.js';
import type { ServiceIdentity } from './identity.js';
import type { Logger } from './log.js';
import { startNodeJobs } from './node-jobs.js';
import { PhoneSessions } from './phone-sessions.js';

/** What phones are served with. */
export interface PhoneServiceOptions {
  readonly settings: SettingValues;
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly identity: ServiceIdentity;
  readonly version: string;
  readonly log: Logger;
}

/** The phones' side of a running service. */
export interface PhoneService {
  readonly address: AddressInfo;
  /** Of the listener for phones that speak TLS 1.0 and 1.1 only, where there is one. */
  readonly legacyAddress: AddressInfo | undefined;
  /** Takes no new phones, lets sessions finish for `OPENCAPF_DRAIN_TIMEOUT`, hangs up on what is left. */
  stop(): Promise<void>;
}

/**
 * Opens the phones' listeners and serves whoever comes.
 *
 * @throws ServerError `listen-failed`; AuthorityError, PkiError where the issuer is not usable
 */
export async function startPhoneService(options: PhoneServiceOptions): Promise<PhoneService> {
  const { settings, database, secretKey, identity, version, log } = options;
  const nodeId = randomUUID();
  const live = new LiveSessions();
  const deadlines = deadlinesOf(settings);
  const sessions = new PhoneSessions({
    services: {
      database,
      secretKey,
      issuer: { id: identity.issuerId, authority: localAuthority(identity, settings) },
      nodeId,
      deadlines,
      fetchMic: settings.fetchMic,
      live,
      log,
      clock: () => new Date(),
      elapsed: () => performance.now(),
    },
    numbers: new SessionNumbers(secretKey, () => reserveSessionNumbers(database), sessionNumberBlock),
    keepAliveMs: settings.keepAlive * 60_000,
    log,
  });
  const graceMs = deadlines.authentication + deadlines.keyGeneration * 2 + deadlines.store;
  const stopJobs = await startNodeJobs({ database, nodeId, version, live, graceMs, log });
  const listeners: CapfListener[] = [];
  const stop = async (): Promise<void> => {
    for (const listener of listeners) listener.close();
    await sessions.stop(settings.drainTimeout * 1000);
    for (const listener of listeners) await listener.destroy();
    await stopJobs();
  };
  const shared = { identity: identity.tls, handshakeTimeoutMs: settings.handshakeTimeout * 1000, log };
  try {
    const capf = await openCapfListener({
      ...shared,
      place: placeOf(settings, settings.capfPort, declarations.capfPort.name),
      minVersion: settings.tlsMinVersion,
      serve: (socket) => sessions.serve(socket, 'capf'),
    });
    listeners.push(capf);
    if (settings.capfLegacyPort === undefined) return { address: capf.address, legacyAddress: undefined, stop };
    const legacy = await openCapfListener({
      ...shared,
      place: placeOf(settings, settings.capfLegacyPort, declarations.capfLegacyPort.name),
      minVersion: 'TLSv1',
      serve: (socket) => sessions.serve(socket, 'legacy'),
    });
    listeners.push(legacy);
    return { address: capf.address, legacyAddress: legacy.address, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

function placeOf({ capfHost }: SettingValues, port: number, portSetting: string) {
  return { host: capfHost, port, hostSetting: declarations.capfHost.name, portSetting };
}

function deadlinesOf(settings: SettingValues): Deadlines {
  return {
    authentication: settings.authenticationTimeout * 1000,
    keyGeneration: settings.keyGenerationTimeout * 1000,
    store: settings.storeTimeout * 1000,
    fetch: settings.fetchTimeout * 1000,
    delete: settings.deleteTimeout * 1000,
  };
}

function localAuthority({ capf }: ServiceIdentity, settings: SettingValues): LocalAuthority {
  return new LocalAuthority(capf, {
    validityDays: settings.lscValidityDays,
    minRsaBits: settings.minRsaKeySize,
    ecKeyUsage: settings.ecKeyUsage,
  });
}
