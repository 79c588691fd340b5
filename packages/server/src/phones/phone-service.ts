import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  addressesWithin,
  type GuessingPolicy,
  LiveSessions,
  SessionNumbers,
  sharedAddresses,
} from '@opencapf/enrollment';
import {
  type Database,
  settings as declarations,
  fileLeaseMs,
  reserveSessionNumbers,
  type SecretKey,
  type ServingNode,
  type SettingValues,
  sessionNumberBlock,
} from '@opencapf/store';
import type { Logger } from '../log.js';
import { startHeartbeat } from '../node/heartbeat.js';
import type { NodeClock } from '../node/node-clock.js';
import { descriptorWatch } from '../sockets/descriptor-table.js';
import { servesNobody } from '../sockets/ip-mode.js';
import { TlsExcess } from '../sockets/tls-excess.js';
import { loadIdentity, type ServiceIdentity } from '../start/identity.js';
import { watchIdentity } from '../start/identity-watch.js';
import { authorityServices } from './authority-services.js';
import { watchBounds } from './bounds-watch.js';
import { ConnectionBounds } from './connection-bounds.js';
import { deadlinesOf } from './deadlines.js';
import { HandshakeQueue } from './handshake-queue.js';
import { openPhoneListener, type PhoneListener } from './phone-listener.js';
import { PhoneSessions } from './phone-sessions.js';
import { proofServices } from './proofs.js';

/** What phones are served with. */
export interface PhoneServiceOptions {
  readonly settings: SettingValues;
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly identity: ServiceIdentity;
  /** Who serves: this process. */
  readonly node: ServingNode;
  readonly clock: NodeClock;
  readonly log: Logger;
}

/** The phones' side of a running service. */
export interface PhoneService {
  readonly address: AddressInfo;
  /** Of the listener for phones that speak TLS 1.0 and 1.1 only, where there is one. */
  readonly legacyAddress: AddressInfo | undefined;
  /** Why phones cannot be served now, in words without secrets. */
  problem(): string | undefined;
  /** Takes no new phones, lets sessions finish for `OPENCAPF_DRAIN_TIMEOUT`, hangs up on what is left. */
  stop(): Promise<void>;
}

/** A timer of Node may end so much too early. */
const timerIsEarlyMs = 1;

/**
 * Opens the phones' listeners and serves whoever comes.
 *
 * @throws ServerError `listen-failed`; EnrollmentError `authority-unusable` of the default issuer
 */
export async function startPhoneService(options: PhoneServiceOptions): Promise<PhoneService> {
  const { settings, database, secretKey, identity, node, clock, log } = options;
  const live = new LiveSessions();
  const guessing = guessingPolicyOf(settings);
  const believed = proofServices(database, settings, log);
  const time = { clock: () => clock.now(), elapsed: () => performance.now() };
  const asked = await authorityServices(
    { database, secretKey, nodeId: node.id, log, ...time },
    settings,
    identity.issuerId,
  );
  const sessions = new PhoneSessions({
    services: {
      database,
      secretKey,
      authorities: asked.authorities,
      requests: asked.requests,
      nodeId: node.id,
      deadlines: deadlinesOf(settings),
      fetchMic: settings.fetchMic,
      proofs: believed.proofs,
      trust: believed.trust,
      guessing,
      hideUnknownDevices: settings.hideUnknownDevices,
      live,
      knownEverywhere: async () => await delay(fileLeaseMs + timerIsEarlyMs),
      log,
      ...time,
    },
    numbers: new SessionNumbers(secretKey, () => reserveSessionNumbers(database), sessionNumberBlock),
    keepAliveMs: settings.keepAlive * 60_000,
    bounds: {
      bytesBeforeAuthentication: settings.bytesBeforeAuthentication,
      messages: settings.messagesPerSession,
      requestsInProgressPerMinute: settings.requestsInProgressPerMinute,
    },
    log,
  });
  const heartbeat = await startHeartbeat({ database, node, clock, live, log });
  const bounds = connectionBounds(settings);
  const stopWatch = watchBounds(bounds, log);
  const listeners: PhoneListener[] = [];
  let stopWatchingIdentity = async (): Promise<void> => undefined;
  const stop = async (): Promise<void> => {
    heartbeat.draining();
    await stopWatchingIdentity();
    for (const listener of listeners) listener.close();
    const drainMs = settings.drainTimeout * 1000;
    await Promise.all([sessions.stop(drainMs), asked.requests.stop(drainMs)]);
    for (const listener of listeners) await listener.destroy();
    stopWatch();
    await heartbeat.stop();
    await believed[Symbol.asyncDispose]();
    await asked[Symbol.asyncDispose]();
  };
  const shared = {
    identity: identity.tls,
    handshakeTimeoutMs: settings.handshakeTimeout * 1000,
    ipMode: settings.ipMode,
    isProxy: addressesWithin(settings.proxyProtocol ? (settings.trustedProxies ?? []) : []),
    bounds,
    handshakes: new HandshakeQueue(),
    excess: new TlsExcess(2 * settings.bytesBeforeAuthentication, () =>
      log.warn('a connection that only kept TLS busy was closed; phones are not offered TLS 1.3 for an hour'),
    ),
    log,
  };
  if (servesNobody(settings.ipMode, settings.capfHost ?? '::')) {
    log.warn(`no phone can be served: OPENCAPF_IP_MODE is ${settings.ipMode}, OPENCAPF_CAPF_HOST ${settings.capfHost}`);
  }
  if (settings.proxyProtocol && settings.trustedProxies === undefined) {
    log.warn('nobody is heard by PROXY protocol: OPENCAPF_TRUSTED_PROXIES is not set');
  }
  try {
    const capf = await openPhoneListener({
      ...shared,
      place: placeOf(settings, settings.capfPort, declarations.capfPort.name),
      minVersion: settings.tlsMinVersion,
      serve: (socket, arrival) => sessions.serve(socket, 'capf', arrival),
    });
    listeners.push(capf);
    const legacy =
      settings.capfLegacyPort === undefined
        ? undefined
        : await openPhoneListener({
            ...shared,
            place: placeOf(settings, settings.capfLegacyPort, declarations.capfLegacyPort.name),
            minVersion: 'TLSv1',
            serve: (socket, arrival) => sessions.serve(socket, 'legacy', arrival),
          });
    if (legacy !== undefined) listeners.push(legacy);
    asked.requests.start();
    stopWatchingIdentity = watchIdentity({
      database,
      log,
      load: () => loadIdentity(database, secretKey, settings, time.clock),
      identity,
      use: ({ tls }) => {
        for (const listener of listeners) listener.useIdentity(tls);
      },
    });
    return { address: capf.address, legacyAddress: legacy?.address, problem: (): undefined => undefined, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

function placeOf({ capfHost, ipMode }: SettingValues, port: number, portSetting: string) {
  return { host: capfHost, port, hostSetting: declarations.capfHost.name, portSetting, ipMode };
}

function connectionBounds(settings: SettingValues): ConnectionBounds {
  return new ConnectionBounds({
    ...settings,
    isShared: sharedAddresses(settings.trustedProxies ?? []),
    pressed: descriptorWatch(),
  });
}

function guessingPolicyOf(settings: SettingValues): GuessingPolicy {
  return {
    mostForDevice: settings.wrongStringsPerAddress,
    mostDevices: settings.wrongStringsDevicesPerAddress,
    refusalMs: settings.wrongStringsLockout * 60_000,
    fewestForOperation: settings.wrongStringsPerOperation,
    possibleForEachTry: settings.wrongStringsOneIn,
    isShared: sharedAddresses(settings.trustedProxies ?? []),
  };
}
