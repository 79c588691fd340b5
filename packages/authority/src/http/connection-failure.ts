import { AuthorityError, type Consequence } from '../errors.js';

/**
 * What a failed connection comes to.
 *
 * @param sent - Whether a byte of the request may have been written.
 * @param consequence - Where that decides it.
 */
export function connectionFailure(
  cause: unknown,
  host: string,
  sent: boolean,
  consequence: Consequence,
): AuthorityError {
  const code = codeOf(cause);
  const certificateFault = certificateFaults[code];
  if (certificateFault !== undefined) {
    return new AuthorityError(
      'authority-certificate-untrusted',
      `The HTTPS certificate of ${host} ${certificateFault}`,
      {
        cause,
      },
    );
  }
  // In TLS 1.3 the server judges the client's certificate when the client may have begun to write; it reads nothing then.
  if (clientCertificateAlert.test(code)) {
    return new AuthorityError(
      'authority-login-refused',
      `${host} does not accept the client certificate, or wants one (${code}). Correct it in the settings of the authority.`,
      { cause },
    );
  }
  if (sent) {
    return new AuthorityError('authority-answer-lost', `The connection to ${host} ended before its answer was there.`, {
      cause,
      consequence,
    });
  }
  return new AuthorityError('authority-unreachable', `${host} ${connectFaults[code] ?? otherFault(code)}`, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

const clientCertificateAlert =
  /^ERR_SSL_.*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED)|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/;

const wrongAnchor =
  'is not vouched for by the trust anchor for HTTPS. Give the certificate of the root CA above it as the trust anchor.';
const incomplete =
  'is not vouched for by the trust anchor for HTTPS: a certificate between them is missing. Give it, and the root CA above it, as trust anchors.';

const certificateFaults: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host. Correct the host in the URL of the authority.',
  SELF_SIGNED_CERT_IN_CHAIN: wrongAnchor,
  DEPTH_ZERO_SELF_SIGNED_CERT: wrongAnchor,
  CERT_SIGNATURE_FAILURE: wrongAnchor,
  CERT_UNTRUSTED: wrongAnchor,
  CERT_REJECTED: wrongAnchor,
  UNABLE_TO_GET_ISSUER_CERT: incomplete,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: incomplete,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: incomplete,
  INVALID_CA: 'has a certificate above it that is none of a CA. Correct the trust anchor for HTTPS.',
  PATH_LENGTH_EXCEEDED: 'stands lower than a CA above it allows. Correct the trust anchor for HTTPS.',
  INVALID_PURPOSE: 'is not one for servers. Give the authority another one.',
  CERT_HAS_EXPIRED: 'has expired, or one above it has. Give the authority another one, or correct the trust anchor.',
  CERT_NOT_YET_VALID: 'is not valid yet, or one above it is not. Check the clocks of both machines.',
  CERT_REVOKED: 'is revoked. Give the authority another one.',
  CERT_CHAIN_TOO_LONG: wrongAnchor,
  CA_KEY_TOO_SMALL: 'has a certificate above it whose key is too short. Give the authority another one.',
  EE_KEY_TOO_SMALL: 'has a key that is too short. Give the authority another one.',
  CA_MD_TOO_WEAK: 'has a certificate above it that is signed with an outdated hash. Give the authority another one.',
};

const connectFaults: Readonly<Record<string, string>> = {
  ENOTFOUND: 'cannot be resolved. Check the host in the settings of the authority, and DNS.',
  EAI_AGAIN: 'cannot be resolved now: DNS does not answer.',
  ECONNREFUSED: 'refuses connections. Check the port in the settings of the authority, and whether it runs.',
  EHOSTUNREACH: 'cannot be reached: there is no way to the host. Check the network and the firewall between.',
  ENETUNREACH: 'cannot be reached: there is no way to the network. Check the network of this machine.',
  ETIMEDOUT: 'accepts no connection. Check host and port, and the firewall between.',
  UND_ERR_CONNECT_TIMEOUT: 'accepts no connection. Check host and port, and the firewall between.',
  ECONNRESET: 'ends connections before TLS is agreed. Check the port, and whether a firewall stands between.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS. Check the port in the settings of the authority.',
};

function otherFault(code: string): string {
  return `cannot be reached${code === '' ? '' : ` (${code})`}. Check host and port, and which versions of TLS it speaks.`;
}
