import type { AddressInfo } from 'node:net';
import { sharedAddresses } from '@opencapf/enrollment';
import { settings as declarations, type SettingValues } from '@opencapf/store';
import { createHttpFileServer, type FileSource, type HttpBounds, type ServerEvents } from '@opencapf/tftp';
import type { Logger } from '../log.js';
import { watchBounds } from '../phones/bounds-watch.js';
import { ConnectionBounds } from '../phones/connection-bounds.js';
import { HandshakeQueue } from '../phones/handshake-queue.js';
import { openPhoneListener } from '../phones/phone-listener.js';
import { descriptorWatch } from '../sockets/descriptor-table.js';
import { TlsExcess } from '../sockets/tls-excess.js';

/** What files are served over HTTPS with. */
export interface HttpsFilesOptions {
  readonly settings: SettingValues;
  readonly port: number;
  /** What phones find in their trust list, and its key, PEM. */
  readonly identity: { readonly cert: string; readonly key: string };
  readonly files: FileSource;
  readonly events: ServerEvents;
  readonly bounds: HttpBounds;
  readonly log: Logger;
}

/** The HTTPS server of phones' files. */
export interface HttpsFiles {
  readonly address: AddressInfo;
  /** Takes no new connections, lets answers under way finish for so many milliseconds, hangs up on what is left. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Serves files over HTTPS: handshakes are those of the phones' listener, with its deadlines and bounds, and requests those of the HTTP
 * server. Phones that fetch files so speak TLS 1.2.
 *
 * @throws ServerError `listen-failed`
 */
export async function openHttpsFiles(options: HttpsFilesOptions): Promise<HttpsFiles> {
  const { settings, port, identity, files, events, bounds, log } = options;
  const http = createHttpFileServer(files, events, bounds);
  // Node looks for requests that are too slow from when its server listens on; this one is handed its connections instead.
  http.emit('listening');
  const { connections } = bounds;
  const admissions = new ConnectionBounds({
    ...settings,
    // Of one address the HTTP server bounds them, and tells whom it refused.
    ...{ sessions: connections, sessionsPerAddress: connections },
    unauthenticated: Math.min(settings.unauthenticated, connections),
    isShared: sharedAddresses(settings.trustedProxies ?? []),
    pressed: descriptorWatch(),
  });
  const stopWatch = watchBounds(admissions, log);
  const listener = await openPhoneListener({
    place: {
      host: settings.tftpHost,
      hostSetting: declarations.tftpHost.name,
      ipMode: settings.ipMode,
      port,
      portSetting: declarations.tftpHttpsPort.name,
    },
    identity,
    minVersion: 'TLSv1.2',
    asksForCertificate: true,
    handshakeTimeoutMs: settings.handshakeTimeout * 1000,
    ipMode: settings.ipMode,
    // As on the HTTP port: whoever stands between is counted as the phone.
    isProxy: () => false,
    bounds: admissions,
    handshakes: new HandshakeQueue(),
    excess: new TlsExcess(2 * settings.bytesBeforeAuthentication, () =>
      log.warn('a connection that only kept TLS busy was closed; no TLS 1.3 is offered for files for an hour'),
    ),
    log,
    serve(socket, { from, admission }) {
      if (admission.authenticated()) http.emit('connection', socket);
      else {
        events.refused('connections-too-many', '', { transport: 'https', address: from.address });
        socket.on('error', () => undefined).destroy();
      }
    },
  }).catch((fault: unknown) => {
    stopWatch();
    throw fault;
  });
  return {
    address: listener.address,
    async stop(drainMs) {
      listener.close();
      http.closeIdleConnections();
      const late = setTimeout(() => void listener.destroy(), drainMs);
      await listener.closed;
      clearTimeout(late);
      http.close();
      stopWatch();
    },
  };
}
