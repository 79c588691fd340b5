import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureVersion, type TLSSocket } from 'node:tls';
import { type CertificateRecord, toPem } from '@opencapf/pki';
import type { CapfTrust } from './capf-trust.js';
import { PhoneError } from './errors.js';

/** How a phone speaks TLS. */
export interface PhoneTlsSettings {
  /** Whom to trust; without it any server is taken, and {@link TlsFacts} says so. */
  readonly trust?: CapfTrust | undefined;
  /**
   * What the server may hold, of a phone whose trust list names several; the first of `trust` unless given. Without `trust` it says
   * nothing of who may have issued the LSC.
   */
  readonly servers?: readonly CertificateRecord[] | undefined;
  /** The only version to speak; by default what Node offers, TLS 1.2 and 1.3. */
  readonly version?: SecureVersion | undefined;
  /** OpenSSL's cipher list; by default Node's, and everything at security level 0 for TLS 1.0 and 1.1. */
  readonly ciphers?: string | undefined;
}

/** What came of the handshake. */
export interface TlsFacts {
  /** E.g. `TLSv1.3`. */
  readonly version: string;
  /** By the name in the standards, e.g. `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** Whether the server proved that it holds the CAPF certificate that the phone was told to trust. */
  readonly verified: boolean;
}

/** A phone's side of TLS, compiled once and good for any number of phones at a time. */
export interface PhoneTls {
  readonly trust: CapfTrust | undefined;
  /** Whether the server must prove that it holds a certificate that the phone trusts. */
  readonly verifies: boolean;
  /** Begins the handshake on a connected socket. */
  secure(socket: Socket, host: string): TLSSocket;
}

/** Compiles settings. Throws what OpenSSL says about a cipher list that it does not understand. */
export function createPhoneTls(settings: PhoneTlsSettings = {}): PhoneTls {
  const { trust, version, servers = trust && [trust[0]] } = settings;
  const ciphers = settings.ciphers ?? (version === 'TLSv1' || version === 'TLSv1.1' ? 'DEFAULT@SECLEVEL=0' : undefined);
  const secureContext = createSecureContext({
    ca: [...(trust ?? []), ...(servers ?? [])].map(({ der }) => toPem('CERTIFICATE', der)),
    // The trust list names the CAPF certificate itself, whoever issued it.
    allowPartialTrustChain: true,
    // One message in one record, at TLS 1.0 too (capf-wire-protocol.md, section 1).
    secureOptions: constants.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
  });
  return {
    trust,
    verifies: servers !== undefined,
    secure: (socket, host) =>
      connect({
        socket,
        secureContext,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        // Only without a certificate to trust; then there is nothing to verify by, and TlsFacts.verified is false.
        rejectUnauthorized: servers !== undefined,
        checkServerIdentity: (_host, { raw }) => requirePinned(servers, raw),
      }),
  };
}

/**
 * Phones do not compare names: they look for the server's certificate in their trust list (capf-wire-protocol.md, section
 * 9). A good chain is not enough, for below the CAPF certificate stand the LSCs of all phones, which may be TLS servers too.
 */
function requirePinned(
  servers: readonly CertificateRecord[] | undefined,
  serverCertificate: Buffer,
): PhoneError | undefined {
  if (servers === undefined || servers.some(({ der }) => serverCertificate.equals(der))) return undefined;
  return new PhoneError('capf-server-not-trusted', 'its certificate is another one');
}
